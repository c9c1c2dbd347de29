// The file that a command writes, as the user names it.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"

namespace mlup::cli {

// Takes the next piece of the file; false where it cannot be written and no more is wanted.
using TakePiece = std::function<bool(const std::string& piece)>;

// Runs `fetch`, which gives the file piece by piece, writes beside `path` and renames, so that a
// file of this name is always whole, and only its owner may read it. Returns what is in it. What
// `fetch` returns, and INVALID_ARGUMENT OUTPUT_NOT_A_FILE where the name is of something else.
absl::StatusOr<std::string> WriteOutput(
    const std::string& path, const std::function<absl::Status(const TakePiece& take)>& fetch);

}  // namespace mlup::cli
