// What the log says of when it recorded something.
#pragma once

#include <algorithm>
#include <optional>

#include "absl/time/time.h"

namespace mlup::log {

// The times of a record, as Record states them.
struct RecordTimes {
  absl::Time recorded_at;
  // Only where the clock was behind `recorded_at`: one of the two is wrong.
  std::optional<absl::Time> clock_behind = {};
};

// A clock is set right by so much all the time.
inline constexpr absl::Duration kClockSetBackMax = absl::Seconds(1);

// The times of what is recorded now, after what was recorded at `last`.
inline RecordTimes TimesOf(absl::Time last, absl::Time now) {
  RecordTimes times{std::max(last, now)};
  if (last - now > kClockSetBackMax) times.clock_behind = now;
  return times;
}

}  // namespace mlup::log
