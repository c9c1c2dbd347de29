// UUIDs as 36-character lower-case text (RFC 9562).
#pragma once

#include <string>
#include <string_view>

#include "absl/numeric/int128.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"

namespace mlup {

// A new version 7 UUID: 48 bits of Unix milliseconds, 74 random bits.
std::string NewUuid(const Clock& clock, Random& random);

// True for 8-4-4-4-12 lower-case hexadecimal digits of any version.
bool IsUuid(std::string_view text);

// The number that a UUID is, most significant digit first: these sort as the texts do.
absl::uint128 UuidNumber(std::string_view uuid);

// Its 16 bytes, most significant first.
std::string UuidBytes(absl::uint128 number);

}  // namespace mlup
