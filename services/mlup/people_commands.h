// The arguments of `mlup people`.
#pragma once

#include <CLI/CLI.hpp>

#include "services/mlup/command_group.h"
#include "services/mlup/commands/commands.h"

namespace mlup::cli {

class PeopleCommands : public CommandGroup {
 public:
  using CommandGroup::CommandGroup;

  void AddTo(CLI::App& app);

 private:
  void AddErase(CLI::App& people);

  SearchOptions search_;
  EraseOptions erase_;
};

}  // namespace mlup::cli
