#include "eventstore/base/uuid.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"

namespace mlup {
namespace {

constexpr std::size_t kUuidBytes = 16;
constexpr std::size_t kHalfDigits = 16;
constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

}  // namespace

std::string NewUuid(const Clock& clock, Random& random) {
  const auto millis = static_cast<std::uint64_t>(absl::ToUnixMillis(clock.Now())) & 0xffffffffffff;
  const std::uint64_t a = random.Next();
  const std::uint64_t b = random.Next();
  return absl::StrFormat("%08x-%04x-%04x-%04x-%012x", millis >> 16, millis & 0xffff,
                         0x7000 | (a & 0x0fff), 0x8000 | ((a >> 16) & 0x3fff), b & 0xffffffffffff);
}

absl::uint128 UuidNumber(std::string_view uuid) {
  std::uint64_t halves[2] = {0, 0};
  std::size_t digits = 0;
  for (const char c : uuid) {
    if (c == '-') continue;
    // A letter has bit 6, and 9 more than its low four bits say.
    const std::uint64_t code = static_cast<unsigned char>(c);
    const std::uint64_t digit = (code & 0xf) + (code >> 6) * 9;
    std::uint64_t& half = halves[digits++ / kHalfDigits % 2];
    half = half << 4 | digit;
  }
  return absl::MakeUint128(halves[0], halves[1]);
}

std::string UuidBytes(absl::uint128 number) {
  std::string bytes(kUuidBytes, '\0');
  for (std::size_t i = kUuidBytes; i > 0; --i, number >>= 8) {
    bytes[i - 1] = static_cast<char>(absl::Uint128Low64(number) & 0xff);
  }
  return bytes;
}

bool IsUuid(std::string_view text) {
  if (text.size() != kForm.size()) return false;
  // Without a branch a character: this is asked of every event.
  bool is = true;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    is &= kForm[i] == '-' ? c == '-' : digit;
  }
  return is;
}

}  // namespace mlup
