// The arguments of `mlup sync`.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "services/mlup/command_group.h"
#include "services/mlup/commands/commands.h"

namespace mlup::cli {

class SyncCommands : public CommandGroup {
 public:
  using CommandGroup::CommandGroup;

  void AddTo(CLI::App& app);

 private:
  CLI::App* AddCommand(CLI::App& sync, const std::string& name, const std::string& help,
                       std::function<int()> run);

  SyncOptions sync_;
};

}  // namespace mlup::cli
