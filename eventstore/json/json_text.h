// The one door for JSON from outside: text that is trusted in nothing, to a document with known
// bounds.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"

namespace mlup::strict {

struct JsonLimits {
  std::size_t bytes_max = kJsonBytesMax;
  // Objects and lists within each other.
  std::size_t depth_max = kJsonDepthMax;
};

// Reads one JSON document. INVALID_ARGUMENT with JSON_TOO_LONG, JSON_TOO_DEEP, JSON_INVALID (not
// JSON, not UTF-8, a key that stands twice in one object) or NUMBER_INVALID (too large for any
// number); the message tells the byte, the field what it is in. Errors repeat no value. Pure: any
// thread.
absl::StatusOr<nlohmann::json> ParseJson(std::string_view text, const JsonLimits& limits = {});

// The same, with the members of objects in the order in which they came.
absl::StatusOr<nlohmann::ordered_json> ParseJsonInOrder(std::string_view text,
                                                        const JsonLimits& limits = {});

// The path of the member `key` of what stands at `path`. A key that is no usual name is shown as
// `?`: it may be anything.
std::string MemberPath(std::string_view path, std::string_view key);

}  // namespace mlup::strict
