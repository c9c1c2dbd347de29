// The time zone of Asia/Phnom_Penh: UTC+7, no daylight saving.
#pragma once

#include "absl/time/time.h"

namespace mlup {

inline absl::TimeZone PhnomPenh() { return absl::FixedTimeZone(7 * 60 * 60); }

}  // namespace mlup
