// Random choices that are the same for the same seed on every machine.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "eventstore/base/check.h"

namespace mlup::proof {

// One thread.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t Any() { return engine_(); }

  // 0 to bound - 1.
  std::uint64_t Below(std::uint64_t bound) {
    CHECK(bound > 0);
    return engine_() % bound;
  }
  // Both included.
  std::uint64_t Between(std::uint64_t low, std::uint64_t high) {
    return low + Below(high - low + 1);
  }
  bool OneIn(std::uint64_t bound) { return Below(bound) == 0; }

  template <typename Container>
  auto& Of(Container& items) {
    return items[Below(items.size())];
  }

  std::string Bytes(std::size_t count) {
    std::string bytes(count, '\0');
    for (char& byte : bytes) byte = static_cast<char>(Any());
    return bytes;
  }
  std::string Hex(std::size_t digits) {
    std::string text(digits, '0');
    for (char& digit : text) digit = "0123456789abcdef"[Below(16)];
    return text;
  }
  std::string Uuid() {
    return Hex(8) + "-" + Hex(4) + "-7" + Hex(3) + "-a" + Hex(3) + "-" + Hex(12);
  }

 private:
  std::mt19937_64 engine_;
};

// Changes one bit, or makes a few bytes where there are none.
inline void Flip(std::string& bytes, Dice& dice) {
  if (bytes.empty()) {
    bytes = dice.Bytes(1 + dice.Below(8));
  } else {
    char& byte = dice.Of(bytes);
    byte = static_cast<char>(byte ^ (1 << dice.Below(8)));
  }
}

}  // namespace mlup::proof
