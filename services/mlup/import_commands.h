// The arguments of `mlup import`, `receive` and `generate`: what comes in from files and other
// systems.
#pragma once

#include <utility>

#include <CLI/CLI.hpp>

#include "services/mlup/command_group.h"
#include "services/mlup/commands/commands.h"

namespace mlup::cli {

// Holds what its options are parsed into. One thread. Borrows the session.
class ImportCommands {
 public:
  ImportCommands(const Session& session, CommandGroup::Add add)
      : session_(session), add_(std::move(add)) {}

  void AddTo(CLI::App& app);

 private:
  void AddImport(CLI::App& app);
  void AddReceive(CLI::App& app);
  void AddGenerate(CLI::App& app);

  const Session& session_;
  const CommandGroup::Add add_;
  ImportOptions import_;
  ReceiveOptions receive_;
  GenerateOptions generate_;
};

}  // namespace mlup::cli
