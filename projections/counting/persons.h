// What reports may know about a person: facets in clear, and the age band they allow.
#pragma once

#include <optional>
#include <string_view>

#include "eventstore/base/days.h"
#include "projections/counting/words.h"

namespace mlup::counting {

// The word for what is not known.
inline constexpr std::string_view kUnknown = "unknown";

// The bands of age, the youngest first.
inline constexpr std::string_view kAgeBands[] = {"0-5", "6-11", "12-14", "15-17", "18-24", "25+"};

// A plain value; kNoWord for what is not known.
struct Facets {
  Word sex = kNoWord;
  Word disability = kNoWord;
  Word residence = kNoWord;
  // The days of the month or year of birth.
  std::optional<DayRange> birth;
};

// The band (0-5, 6-11, 12-14, 15-17, 18-24, 25+) of somebody born on one of the days of `birth` on
// one of the days of `at`; `unknown` where they allow two bands, or none. `told` is the age in
// years that was recorded with the event: it decides between those that the days allow, and no
// other age is believed, as after a correction of the birth or of the event's day.
std::string_view AgeBand(const std::optional<DayRange>& birth, const std::optional<DayRange>& at,
                         std::optional<int> told = std::nullopt);

}  // namespace mlup::counting
