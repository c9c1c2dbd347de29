// What every group of commands is made of.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "services/mlup/session.h"

namespace mlup::cli {

// Some commands with what their options are parsed into. One thread. Borrows the session.
class CommandGroup {
 public:
  // Adds a command below another one.
  using Add = std::function<CLI::App*(CLI::App& parent, const std::string& name,
                                      const std::string& help, std::function<int()> run)>;

  // `who` tells who asks, once that is asked.
  CommandGroup(const Session& session, Add add, std::function<Reader()> who)
      : session_(session), add_(std::move(add)), who_(std::move(who)) {}

 protected:
  const Session& session_;
  const Add add_;
  const std::function<Reader()> who_;
};

}  // namespace mlup::cli
