// The arguments of `mlup report` and `mlup quality`.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "services/mlup/commands/commands.h"
#include "services/mlup/session.h"
#include "services/mlup/sign_in_commands.h"

namespace mlup::cli {

// Holds what their options are parsed into. One thread. Borrows the session.
class ReportCommands {
 public:
  // `who` tells who asks, once that is asked.
  ReportCommands(const Session& session, SignInCommands::Add add, std::function<Reader()> who)
      : session_(session), add_(std::move(add)), who_(std::move(who)) {}

  void AddTo(CLI::App& app);

 private:
  void AddFigures(CLI::App& report);
  void AddReports(CLI::App& report);
  void AddQuality(CLI::App& app);
  void AddScope(CLI::App& command);

  const Session& session_;
  const SignInCommands::Add add_;
  const std::function<Reader()> who_;
  ReportOptions report_;
  PublishOptions publish_;
  QualityOptions quality_;
  std::vector<std::string> codes_;
};

}  // namespace mlup::cli
