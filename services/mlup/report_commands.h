// The arguments of `mlup report` and `mlup quality`.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "services/mlup/command_group.h"
#include "services/mlup/commands/commands.h"

namespace mlup::cli {

class ReportCommands : public CommandGroup {
 public:
  using CommandGroup::CommandGroup;

  void AddTo(CLI::App& app);

 private:
  void AddFigures(CLI::App& report);
  void AddReports(CLI::App& report);
  void AddQuality(CLI::App& app);
  void AddScope(CLI::App& command);

  ReportOptions report_;
  PublishOptions publish_;
  QualityOptions quality_;
  std::vector<std::string> codes_;
};

}  // namespace mlup::cli
