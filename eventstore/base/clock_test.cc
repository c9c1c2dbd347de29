// A clock that steps does not leave its mark.
#include "eventstore/base/clock.h"

#include "gtest/gtest.h"

#include "eventstore/base/clock_rules.h"
#include "eventstore/base/status.h"

namespace mlup {
namespace {

absl::Time At(std::int64_t day) { return absl::UnixEpoch() + absl::Hours(24 * day); }
constexpr std::int64_t kToday = 20'786;  // 2026-11-29

TEST(SteadyClockTest, FollowsSmallStepsAndPassesOverLargeOnes) {
  ManualClock system(At(kToday));
  ManualClock uptime(At(3));
  const SteadyClock clock(system, uptime);
  EXPECT_EQ(clock.Now(), At(kToday));
  system.Advance(absl::Hours(2));
  uptime.Advance(absl::Hours(1));
  EXPECT_EQ(clock.Now(), At(kToday) + absl::Hours(2));

  system.Set(At(kToday + 3650));
  uptime.Advance(absl::Hours(1));
  EXPECT_EQ(clock.Now(), At(kToday) + absl::Hours(3));
  system.Set(At(-5));
  uptime.Advance(absl::Hours(1));
  EXPECT_EQ(clock.Now(), At(kToday) + absl::Hours(4));
  // Set right again.
  system.Set(At(kToday) + absl::Hours(5));
  uptime.Advance(absl::Hours(1));
  EXPECT_EQ(clock.Now(), At(kToday) + absl::Hours(5));
  // A machine that slept for a month: both went on.
  system.Advance(absl::Hours(24 * 30));
  uptime.Advance(absl::Hours(24 * 30));
  EXPECT_EQ(clock.Now(), At(kToday + 30) + absl::Hours(5));
}

TEST(SteadyClockTest, UptimeGoesOn) {
  const absl::Time before = UptimeClock().Now();
  EXPECT_LE(before, UptimeClock().Now());
}

TEST(ClockRulesTest, TimesThatCannotBeAndThoseThatNeedAWord) {
  for (const std::int64_t day : {-60'000, -1, 0, 18'000, 90'000, 3'000'000}) {
    EXPECT_EQ(ErrorReason(CheckClock(At(day))), "CLOCK_WRONG") << day;
  }
  EXPECT_TRUE(CheckClock(At(kToday)).ok());

  const absl::CivilDay today(2026, 11, 29);
  const auto reason = [&](std::int64_t last, std::optional<absl::CivilDay> accepted = {}) {
    return ErrorReason(CheckClock(At(kToday) + absl::Hours(5), At(last), accepted));
  };
  EXPECT_EQ(reason(kToday), "");
  EXPECT_EQ(reason(kToday - 91), "");
  EXPECT_EQ(reason(kToday - 93), "CLOCK_AHEAD");
  EXPECT_EQ(reason(kToday - 93, today), "");
  EXPECT_EQ(reason(kToday - 93, absl::CivilDay(2026, 11, 28)), "CLOCK_AHEAD");
  EXPECT_EQ(reason(kToday + 1), "");
  EXPECT_EQ(reason(kToday + 3650), "CLOCK_BEHIND");
  EXPECT_EQ(reason(kToday + 3650, today), "");
}

}  // namespace
}  // namespace mlup
