// The arguments of `mlup people`.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "services/mlup/commands/commands.h"
#include "services/mlup/sign_in_commands.h"

namespace mlup::cli {

// Holds what its options are parsed into. One thread. Borrows the session.
class PeopleCommands {
 public:
  // `who` tells who searches, once that is asked.
  PeopleCommands(const Session& session, SignInCommands::Add add, std::function<Reader()> who)
      : session_(session), add_(std::move(add)), who_(std::move(who)) {}

  void AddTo(CLI::App& app);

 private:
  const Session& session_;
  const SignInCommands::Add add_;
  const std::function<Reader()> who_;
  SearchOptions search_;
};

}  // namespace mlup::cli
