// What reports may know about a person: facets in clear, and the age band they allow.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "eventstore/base/days.h"

namespace mlup::counting {

// The word for what is not known.
inline constexpr std::string_view kUnknown = "unknown";

// The bands of age, the youngest first.
inline constexpr std::string_view kAgeBands[] = {"0-5", "6-11", "12-14", "15-17", "18-24", "25+"};

// A plain value; what is not known is `unknown`.
struct Facets {
  std::string sex{kUnknown};
  std::string disability{kUnknown};
  std::string residence_province_code{kUnknown};
  // The days of the month or year of birth.
  std::optional<DayRange> birth;

  // Each takes over a value unless it is empty or unknown.
  void LearnSex(std::string_view value);
  void LearnDisability(std::string_view value);
  void LearnResidence(std::string_view value);
  void LearnBirth(std::string_view month_or_year);
};

// The band (0-5, 6-11, 12-14, 15-17, 18-24, 25+) of somebody born on one of the days of `birth` on
// one of the days of `at`; `unknown` where they allow two bands, or none. `told` is the age in
// years that was recorded with the event: it decides between those that the days allow, and no
// other age is believed, as after a correction of the birth or of the event's day.
std::string_view AgeBand(const std::optional<DayRange>& birth, const std::optional<DayRange>& at,
                         std::optional<int> told = std::nullopt);

}  // namespace mlup::counting
