#include "eventstore/base/clock_rules.h"

#include "absl/strings/str_cat.h"

#include "eventstore/base/status.h"

namespace mlup {
namespace {

constexpr absl::CivilDay kFirstDay(2020, 1, 1);
constexpr absl::CivilDay kLastDay(2199, 12, 31);

absl::CivilDay DayOfClock(absl::Time time) { return absl::ToCivilDay(time, absl::UTCTimeZone()); }

absl::Status Doubtful(std::string_view reason, absl::Time now, absl::Time last) {
  const std::string day = absl::FormatCivilTime(DayOfClock(now));
  return Error(absl::StatusCode::kFailedPrecondition, reason,
               absl::StrCat("the clock says ", day, ", and the last event was recorded on ",
                            absl::FormatCivilTime(DayOfClock(last)),
                            ": set the clock of the machine. If it is right, start with "
                            "--accept-clock=",
                            day));
}

}  // namespace

absl::Status CheckClock(absl::Time now) {
  const absl::CivilDay day = DayOfClock(now);
  if (day >= kFirstDay && day <= kLastDay) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "CLOCK_WRONG",
               absl::StrCat("the clock says ", absl::FormatCivilTime(day),
                            ", which cannot be: set the clock of the machine"));
}

absl::Status CheckClock(absl::Time now, absl::Time last_recorded,
                        std::optional<absl::CivilDay> accepted) {
  if (accepted == DayOfClock(now)) return absl::OkStatus();
  if (now - last_recorded > kClockAheadMax) return Doubtful("CLOCK_AHEAD", now, last_recorded);
  if (last_recorded - now > kClockBehindMax) return Doubtful("CLOCK_BEHIND", now, last_recorded);
  return absl::OkStatus();
}

}  // namespace mlup
