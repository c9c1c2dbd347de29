// The session that `mlup login` keeps for its user.
#pragma once

#include <string>

#include "absl/status/status.h"

#include "eventstore/base/files.h"

namespace mlup::cli {

// One file for each server, below `$XDG_STATE_HOME/mlup` or `~/.local/state/mlup`, mode 0600: the
// token of the session and nothing else. Never in arguments or in the environment.

// The token for calls to the server; empty where nobody signed in, or the file may be read by
// others.
std::string KeptToken(Files& files, const std::string& server);
// FAILED_PRECONDITION HOME_UNKNOWN; what the disk says.
absl::Status KeepToken(Files& files, const std::string& server, const std::string& token);
absl::Status ForgetToken(Files& files, const std::string& server);

}  // namespace mlup::cli
