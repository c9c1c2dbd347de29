// The file that a command writes, as the user names it.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"

namespace mlup::cli {

// Takes the next piece of the file; false where it cannot be written and no more is wanted.
using TakePiece = std::function<bool(const std::string& piece)>;

// Runs `fetch`, which gives the file piece by piece, writes under a name beside `path` that nobody
// can know before, and renames: a file of this name is always whole and of one run, and only its
// owner may read it. Nothing is left of a run that fails or that SIGINT, SIGTERM or SIGHUP ends.
// Returns what is in it. What `fetch` returns, INVALID_ARGUMENT OUTPUT_NOT_A_FILE where the name is
// of something else, and what the disk says, as Files. One at a time.
absl::StatusOr<std::string> WriteOutput(
    const std::string& path, const std::function<absl::Status(const TakePiece& take)>& fetch);

}  // namespace mlup::cli
