// Words of other systems for our codes: data with checks.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "eventstore/base/status.h"
#include "mlup/sharing/v1/sharing.pb.h"

namespace mlup::sharing {

// Whether the map is total, without repeated keys, and invertible unless it says that it is lossy.
// INVALID_ARGUMENT CODE_MAP_INVALID naming the first value that is wrong. Pure.
absl::Status CheckCodeMap(const v1::CodeMap& map);

// Our value for their word; nothing for a word that the map does not know. The map is checked and
// not lossy.
std::optional<std::string> ToOurs(const v1::CodeMap& map, std::string_view theirs);

}  // namespace mlup::sharing
