// The arguments of `mlup case`.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "services/mlup/commands/commands.h"
#include "services/mlup/session.h"
#include "services/mlup/sign_in_commands.h"

namespace mlup::cli {

// Holds what their options are parsed into. One thread. Borrows the session.
class CaseCommands {
 public:
  // `who` tells who reads, once that is asked.
  CaseCommands(const Session& session, SignInCommands::Add add, std::function<Reader()> who)
      : session_(session), add_(std::move(add)), who_(std::move(who)) {}

  void AddTo(CLI::App& app);

 private:
  const Session& session_;
  const SignInCommands::Add add_;
  const std::function<Reader()> who_;
  HistoryOptions history_;
};

}  // namespace mlup::cli
