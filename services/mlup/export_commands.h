// The arguments of `mlup export`.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "services/mlup/command_group.h"
#include "services/mlup/commands/commands.h"

namespace mlup::cli {

class ExportCommands : public CommandGroup {
 public:
  using CommandGroup::CommandGroup;

  void AddTo(CLI::App& app);

 private:
  // A command that writes figures in this form.
  CLI::App* AddFigures(CLI::App& exports, const std::string& format, const std::string& help);
  // A command that writes a file.
  CLI::App* AddFile(CLI::App& exports, const std::string& format, const std::string& help);

  ExportOptions export_;
};

}  // namespace mlup::cli
