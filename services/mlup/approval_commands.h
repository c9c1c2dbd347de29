// The arguments of `mlup approvals`.
#pragma once

#include <CLI/CLI.hpp>

#include "services/mlup/command_group.h"
#include "services/mlup/commands/commands.h"

namespace mlup::cli {

class ApprovalCommands : public CommandGroup {
 public:
  using CommandGroup::CommandGroup;

  void AddTo(CLI::App& app);

 private:
  ApprovalOptions options_;
};

}  // namespace mlup::cli
