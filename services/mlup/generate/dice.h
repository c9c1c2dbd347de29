// Numbers that look random and are the same on every machine for one seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "eventstore/base/random.h"

namespace mlup::cli::generate {

// SplitMix64 (Steele, Lea, Flood 2014). The standard's distributions differ between libraries, and
// the order in which arguments are evaluated between compilers: of a call's arguments one at most
// throws.
class Dice final : public Random {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next() override {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  // From 0 to below `bound`, which is positive.
  int Below(int bound) { return static_cast<int>(Next() % static_cast<std::uint64_t>(bound)); }
  // Both ends are included.
  int Between(int low, int high) { return low + Below(high - low + 1); }
  bool Percent(int chance) { return Below(100) < chance; }

  template <typename List>
  const auto& Pick(const List& list) {
    return list[static_cast<std::size_t>(Below(static_cast<int>(list.size())))];
  }
  const char* Pick(std::initializer_list<const char*> list) {
    return list.begin()[Below(static_cast<int>(list.size()))];
  }

  // Dice that do not depend on how often these are thrown.
  static Dice Of(std::uint64_t seed, std::uint64_t what) {
    Dice mixed(seed ^ (what * 0xd6e8feb86659fd93));
    return Dice(mixed.Next());
  }

 private:
  std::uint64_t state_;
};

}  // namespace mlup::cli::generate
