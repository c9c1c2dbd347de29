// The arguments of `mlup dashboard`.
#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include "services/mlup/commands/commands.h"
#include "services/mlup/session.h"
#include "services/mlup/sign_in_commands.h"

namespace mlup::cli {

// Holds what their options are parsed into. One thread. Borrows the session.
class DashboardCommands {
 public:
  // `who` tells who asks, once that is asked.
  DashboardCommands(const Session& session, SignInCommands::Add add, std::function<Reader()> who)
      : session_(session), add_(std::move(add)), who_(std::move(who)) {}

  void AddTo(CLI::App& app);

 private:
  const Session& session_;
  const SignInCommands::Add add_;
  const std::function<Reader()> who_;
  DashboardOptions dashboard_;
};

}  // namespace mlup::cli
