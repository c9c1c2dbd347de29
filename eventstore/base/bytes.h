// Numbers as bytes of which the first counts most, so that bytes sort as numbers; bytes as text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "eventstore/base/check.h"

namespace mlup {

// The last `count` bytes of `number`.
inline std::string BigEndian(std::uint64_t number, std::size_t count = 8) {
  std::string bytes(count, '\0');
  for (std::size_t i = count; i-- > 0; number >>= 8) bytes[i] = static_cast<char>(number);
  return bytes;
}

// The number in at most eight bytes.
inline std::uint64_t FromBigEndian(std::string_view bytes) {
  CHECK(bytes.size() <= 8);
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

// The same bytes, borrowed.
inline std::string_view AsText(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline const unsigned char* AsBytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace mlup
