// Exact decimal numbers with three places: quantities, scores and durations as people state them.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "eventstore/base/status.h"

namespace mlup {

// A number counted in thousandths, so that sums are exact. The default is 0.
struct Decimal {
  std::int64_t thousandths = 0;

  friend auto operator<=>(const Decimal&, const Decimal&) = default;
};

// "2.5" as a number: digits from 0, at most three places, no sign, no exponent.
// INVALID_ARGUMENT DECIMAL_INVALID for any other text, DECIMAL_OVERFLOW for a number too large.
absl::StatusOr<Decimal> ParseDecimal(std::string_view text);

// The shortest form that parses to the same number: "2.5", "0", "-0.125".
std::string FormatDecimal(Decimal number);

// The exact sum and difference. INVALID_ARGUMENT DECIMAL_OVERFLOW where it cannot be held.
absl::StatusOr<Decimal> Add(Decimal a, Decimal b);
absl::StatusOr<Decimal> Subtract(Decimal a, Decimal b);

}  // namespace mlup
