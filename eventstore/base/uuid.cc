#include "eventstore/base/uuid.h"

#include <cstdint>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"

namespace mlup {

std::string NewUuid(const Clock& clock, Random& random) {
  const auto millis = static_cast<std::uint64_t>(absl::ToUnixMillis(clock.Now())) & 0xffffffffffff;
  const std::uint64_t a = random.Next();
  const std::uint64_t b = random.Next();
  return absl::StrFormat("%08x-%04x-%04x-%04x-%012x", millis >> 16, millis & 0xffff,
                         0x7000 | (a & 0x0fff), 0x8000 | ((a >> 16) & 0x3fff), b & 0xffffffffffff);
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (c != '-') return false;
    } else if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
      return false;
    }
  }
  return true;
}

}  // namespace mlup
