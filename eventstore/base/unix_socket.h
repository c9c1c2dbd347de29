// Listening at a path of this machine.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include <sys/types.h>

namespace mlup {

// A descriptor that listens at `path`, which nobody may connect to but whom `mode` lets write to
// it, from the first moment on. A socket that an earlier process left is replaced. UNAVAILABLE
// SOCKET_FAILED with the system's words.
absl::StatusOr<int> ListenAtPath(const std::string& path, mode_t mode);

// Takes the path of a socket away; what is no socket stays.
void RemoveSocket(const std::string& path);

}  // namespace mlup
