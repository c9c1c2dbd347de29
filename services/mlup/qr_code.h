// QR codes for a terminal.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace mlup::cli {

// The text as lines of half blocks, light on dark. INVALID_ARGUMENT QR_TOO_LONG.
absl::StatusOr<std::string> QrCode(std::string_view text);

}  // namespace mlup::cli
