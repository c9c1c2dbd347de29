// Secrets from whoever sits at the terminal, or from the program that starts us.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace mlup::cli {

// One line without echo, after `prompt`, from the terminal; with a descriptor of 0 or more the next
// line of that instead. INVALID_ARGUMENT SECRET_NOT_GIVEN where there is neither.
absl::StatusOr<std::string> AskSecret(const std::string& prompt, int descriptor);

}  // namespace mlup::cli
