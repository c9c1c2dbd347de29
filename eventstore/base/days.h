// Days, months and quarters of the calendar in Asia/Phnom_Penh (UTC+7, no daylight saving).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "eventstore/base/types.h"

namespace mlup {

// Both ends included.
struct DayRange {
  Day first;
  Day last;

  friend bool operator==(const DayRange&, const DayRange&) = default;
  bool Contains(const DayRange& other) const { return first <= other.first && other.last <= last; }
  bool Overlaps(const DayRange& other) const { return first <= other.last && other.first <= last; }
};

// "2021-02-17" as a day; nothing for any other text or a day that does not exist.
std::optional<Day> ParseDay(std::string_view text);

// "2021-02-17".
std::string FormatDay(Day day);

// "2021", "2021-Q1", "2021-02" or "2021-02-17" as the days it holds; nothing for any other text.
std::optional<DayRange> ParsePeriod(std::string_view text);

// The fewest and the most completed years of somebody born on one of the days of `birth`, on one of
// the days of `at`; nothing where they lie before the birth altogether.
struct AgeRange {
  int youngest;
  int oldest;
};
std::optional<AgeRange> AgesAt(const DayRange& birth, const DayRange& at);

// The day an instant falls on in Phnom Penh.
Day DayOf(absl::Time instant);

// The first instant of `day` in Phnom Penh.
absl::Time StartOf(Day day);

}  // namespace mlup
