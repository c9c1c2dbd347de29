// The arguments of `mlup dashboard`.
#pragma once

#include <CLI/CLI.hpp>

#include "services/mlup/command_group.h"
#include "services/mlup/commands/commands.h"

namespace mlup::cli {

class DashboardCommands : public CommandGroup {
 public:
  using CommandGroup::CommandGroup;

  void AddTo(CLI::App& app);

 private:
  DashboardOptions dashboard_;
};

}  // namespace mlup::cli
