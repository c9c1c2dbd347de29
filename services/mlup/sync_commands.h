// The arguments of `mlup sync`.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "services/mlup/commands/commands.h"
#include "services/mlup/session.h"
#include "services/mlup/sign_in_commands.h"

namespace mlup::cli {

// Holds what their options are parsed into. One thread. Borrows the session.
class SyncCommands {
 public:
  // `who` tells who reads, once that is asked.
  SyncCommands(const Session& session, SignInCommands::Add add, std::function<Reader()> who)
      : session_(session), add_(std::move(add)), who_(std::move(who)) {}

  void AddTo(CLI::App& app);

 private:
  CLI::App* AddCommand(CLI::App& sync, const std::string& name, const std::string& help,
                       std::function<int()> run);

  const Session& session_;
  const SignInCommands::Add add_;
  const std::function<Reader()> who_;
  SyncOptions sync_;
};

}  // namespace mlup::cli
