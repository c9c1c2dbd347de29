// The arguments of `mlup export`.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "services/mlup/commands/commands.h"
#include "services/mlup/session.h"
#include "services/mlup/sign_in_commands.h"

namespace mlup::cli {

// Holds what their options are parsed into. One thread. Borrows the session.
class ExportCommands {
 public:
  // `who` tells who asks, once that is asked.
  ExportCommands(const Session& session, SignInCommands::Add add, std::function<Reader()> who)
      : session_(session), add_(std::move(add)), who_(std::move(who)) {}

  void AddTo(CLI::App& app);

 private:
  // A command that writes figures in this form.
  CLI::App* AddFigures(CLI::App& exports, const std::string& format, const std::string& help);
  // A command that writes a file.
  CLI::App* AddFile(CLI::App& exports, const std::string& format, const std::string& help);

  const Session& session_;
  const SignInCommands::Add add_;
  const std::function<Reader()> who_;
  ExportOptions export_;
};

}  // namespace mlup::cli
