// What every command of the command line is given, and how it ends.
#pragma once

#include <ostream>
#include <string>

#include "absl/status/status.h"

namespace mlup::cli {

// Exit codes; documented in README.md and `mlup --help`.
inline constexpr int kExitOk = 0;
inline constexpr int kExitRefused = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitUnreachable = 3;

// Who reads.
struct Reader {
  std::string actor_id;
  std::string role;
  std::string organisation_id;
};

// Says in a request, or in the part of it that names who asks, who that is.
template <typename Asker>
void SetAsker(const Reader& who, Asker& asker) {
  asker.set_actor_id(who.actor_id);
  asker.set_role(who.role);
  asker.set_organisation_id(who.organisation_id);
}

// Borrows the streams. One thread.
struct Session {
  // Address of the daemon.
  std::string server = "127.0.0.1:7400";
  // Whether data is printed as JSON.
  bool json = false;
  // Whether a person watches `err`.
  bool terminal = false;
  std::ostream& out;
  std::ostream& err;
};

// The status of a call to the daemon, which is its own word or that nobody answered. What is not
// marked so failed here, or somewhere else.
absl::Status OfDaemon(absl::Status status);

// Whether the daemon could not be reached, or is about to stop, and the call may be tried again.
bool IsUnreachable(const absl::Status& status);

// Prints why a call failed, in words or as JSON, and returns the exit code.
int Fail(const Session& session, const absl::Status& status);

// The same where the fault is in what the user gave: a usage error.
int FailUsage(const Session& session, const absl::Status& status);

}  // namespace mlup::cli
