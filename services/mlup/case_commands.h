// The arguments of `mlup case`.
#pragma once

#include <vector>

#include <CLI/CLI.hpp>

#include "services/mlup/command_group.h"
#include "services/mlup/commands/commands.h"

namespace mlup::cli {

class CaseCommands : public CommandGroup {
 public:
  using CommandGroup::CommandGroup;

  void AddTo(CLI::App& app);

 private:
  // The options that take the place of a child.
  std::vector<CLI::Option*> AddRelated(CLI::App& history);

  HistoryOptions history_;
};

}  // namespace mlup::cli
