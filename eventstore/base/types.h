// Numbers that cannot be mistaken for each other.
#pragma once

#include <compare>
#include <cstdint>

namespace mlup {

// A whole number with a meaning of its own: Position and Revision do not mix.
template <typename Tag>
struct Number {
  std::uint64_t value = 0;

  friend auto operator<=>(const Number&, const Number&) = default;
};

template <typename Tag>
constexpr Number<Tag> Next(Number<Tag> number) {
  return {number.value + 1};
}

// Place of an event in the whole log, 1..n without a gap; 0 is "before the first".
using Position = Number<struct PositionTag>;

// Place of an event in its stream, 1..n without a gap; 0 is "no event yet".
using Revision = Number<struct RevisionTag>;

// A day of the calendar in Asia/Phnom_Penh, as days since 1970-01-01.
struct Day {
  std::int32_t value = 0;

  friend auto operator<=>(const Day&, const Day&) = default;
};

}  // namespace mlup
