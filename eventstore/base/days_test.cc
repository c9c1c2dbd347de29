// Days, months and quarters of Phnom Penh.
#include "eventstore/base/days.h"

#include <gtest/gtest.h>

namespace mlup {
namespace {

absl::Time Utc(const char* text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << error;
  return time;
}

TEST(DaysTest, ADayBeginsAtMidnightInPhnomPenhNotInUtc) {
  EXPECT_EQ(FormatDay(DayOf(Utc("2021-03-31T16:59:59Z"))), "2021-03-31");
  EXPECT_EQ(FormatDay(DayOf(Utc("2021-03-31T17:00:00Z"))), "2021-04-01");
  EXPECT_EQ(StartOf(*ParseDay("2021-04-01")), Utc("2021-03-31T17:00:00Z"));
}

TEST(DaysTest, PeriodsHoldTheirDays) {
  const struct {
    const char* period;
    const char* first;
    const char* last;
  } kCases[] = {
      {"2021", "2021-01-01", "2021-12-31"},    {"2021-Q1", "2021-01-01", "2021-03-31"},
      {"2021-Q4", "2021-10-01", "2021-12-31"}, {"2020-02", "2020-02-01", "2020-02-29"},
      {"2021-12", "2021-12-01", "2021-12-31"}, {"2021-02-17", "2021-02-17", "2021-02-17"},
  };
  for (const auto& c : kCases) {
    const auto range = ParsePeriod(c.period);
    ASSERT_TRUE(range.has_value()) << c.period;
    EXPECT_EQ(FormatDay(range->first), c.first) << c.period;
    EXPECT_EQ(FormatDay(range->last), c.last) << c.period;
  }
}

TEST(DaysTest, WhatIsNoPeriodIsRefused) {
  for (const char* text : {"", "21", "2021-Q0", "2021-Q5", "2021-13", "2021-00", "2021-02-30",
                           "2021-2-1", "2021/02/01", "2021-02-1a", "20a1", "2021-Q1 ", "1899"}) {
    EXPECT_FALSE(ParsePeriod(text).has_value()) << text;
  }
}

TEST(DaysTest, RangesContainAndOverlapWithBothEnds) {
  const DayRange quarter = *ParsePeriod("2021-Q1");
  EXPECT_TRUE(quarter.Contains(*ParsePeriod("2021-03-31")));
  EXPECT_FALSE(quarter.Contains(*ParsePeriod("2021-04-01")));
  const DayRange edge{*ParseDay("2021-03-31"), *ParseDay("2021-04-01")};
  EXPECT_FALSE(quarter.Contains(edge));
  EXPECT_TRUE(quarter.Overlaps(edge));
}

}  // namespace
}  // namespace mlup
