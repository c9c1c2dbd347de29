#include "eventstore/base/uuid.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"

namespace mlup {
namespace {

constexpr std::size_t kUuidBytes = 16;
constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

}  // namespace

std::string NewUuid(const Clock& clock, Random& random) {
  const auto millis = static_cast<std::uint64_t>(absl::ToUnixMillis(clock.Now())) & 0xffffffffffff;
  const std::uint64_t a = random.Next();
  const std::uint64_t b = random.Next();
  return absl::StrFormat("%08x-%04x-%04x-%04x-%012x", millis >> 16, millis & 0xffff,
                         0x7000 | (a & 0x0fff), 0x8000 | ((a >> 16) & 0x3fff), b & 0xffffffffffff);
}

std::string UuidBytes(std::string_view uuid) {
  std::string bytes;
  bytes.reserve(kUuidBytes);
  unsigned high = 0;
  bool has_high = false;
  for (const char c : uuid) {
    if (c == '-') continue;
    const auto digit = static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10) & 0xf;
    if (has_high) bytes.push_back(static_cast<char>(high << 4 | digit));
    high = digit;
    has_high = !has_high;
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
