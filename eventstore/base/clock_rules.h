// Whether a clock can be believed.
#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace mlup {

// FAILED_PRECONDITION CLOCK_WRONG for a time that no program of ours can run at: RocksDB aborts
// before 1970, and dates have four digits.
absl::Status CheckClock(absl::Time now);

// Compares the clock at a start with when the last event was recorded. FAILED_PRECONDITION
// CLOCK_AHEAD past kClockAheadMax, CLOCK_BEHIND before it by more than kClockBehindMax: what is
// recorded with a wrong time stays. `accepted` is the day, as the clock says, that somebody said is
// right.
absl::Status CheckClock(absl::Time now, absl::Time last_recorded,
                        std::optional<absl::CivilDay> accepted);

// Longer than an office is closed.
inline constexpr absl::Duration kClockAheadMax = absl::Hours(24 * 92);
inline constexpr absl::Duration kClockBehindMax = absl::Hours(24);

}  // namespace mlup
