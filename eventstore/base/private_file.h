// Files that hold a secret, and folders that others may not change.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace mlup {

// FAILED_PRECONDITION `reason` when others than its owner may use the file, with the mode to give
// it. OK for what is no ordinary file on the disk: whoever reads it says what is wrong. Any thread.
absl::Status CheckPrivate(const std::string& path, std::string_view reason);

// FAILED_PRECONDITION `reason` when others than its owner may put files into the folder, or away.
absl::Status CheckOwnFolder(const std::string& path, std::string_view reason);

}  // namespace mlup
