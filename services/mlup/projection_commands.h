// The arguments of `mlup projections`.
#pragma once

#include <CLI/CLI.hpp>

#include "services/mlup/command_group.h"
#include "services/mlup/commands/commands.h"

namespace mlup::cli {

class ProjectionCommands : public CommandGroup {
 public:
  using CommandGroup::CommandGroup;

  void AddTo(CLI::App& app);

 private:
  ProjectionOptions projection_;
};

}  // namespace mlup::cli
