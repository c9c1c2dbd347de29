// When it happened: all forms become first and last possible day; the future and nonsense are
// refused.
#include "services/fields/occurred.h"

#include "gtest/gtest.h"

#include "services/fields/from_text.h"

namespace mlup::fields {
namespace {

using log::v1::Occurred;

const Day kToday = *ParseDay("2021-04-22");

TEST(OccurredTest, EveryFormIsStoredAsDays) {
  const struct {
    const char* stated;
    const char* from;
    const char* to;
  } cases[] = {
      {"precision: PRECISION_DAY from: '2021-02-17'", "2021-02-17", "2021-02-17"},
      {"precision: PRECISION_MONTH from: '2021-02'", "2021-02-01", "2021-02-28"},
      {"precision: PRECISION_MONTH from: '2021-02-01'", "2021-02-01", "2021-02-28"},
      {"precision: PRECISION_MONTH from: '2020-02-01' to: '2020-02-29'", "2020-02-01",
       "2020-02-29"},
      {"precision: PRECISION_QUARTER from: '2021-Q1'", "2021-01-01", "2021-03-31"},
      {"precision: PRECISION_QUARTER from: '2020-10-01' to: '2020-12-31'", "2020-10-01",
       "2020-12-31"},
      {"precision: PRECISION_YEAR from: '2020'", "2020-01-01", "2020-12-31"},
      // What is under way counts from its first possible day.
      {"precision: PRECISION_YEAR from: '2021'", "2021-01-01", "2021-12-31"},
      {"precision: PRECISION_INTERVAL from: '2020-12-25' to: '2020-12-31'", "2020-12-25",
       "2020-12-31"},
      {"precision: PRECISION_DAY from: '2021-04-22'", "2021-04-22", "2021-04-22"},
      {"precision: PRECISION_UNKNOWN", "", ""},
      // 17:00 UTC is midnight of the next day in Phnom Penh.
      {"precision: PRECISION_INSTANT instant { seconds: 1617210000 }", "2021-04-01", "2021-04-01"},
      {"precision: PRECISION_INSTANT instant { seconds: 1617209999 }", "2021-03-31", "2021-03-31"},
  };
  for (const auto& [stated, from, to] : cases) {
    const auto stored = NormaliseOccurred(FromText<Occurred>(stated), kToday, "context.occurred");
    ASSERT_TRUE(stored.ok()) << stated << stored.status();
    EXPECT_EQ(stored->from(), from) << stated;
    EXPECT_EQ(stored->to(), to) << stated;
    EXPECT_EQ(NormaliseOccurred(*stored, kToday, "context.occurred")->SerializeAsString(),
              stored->SerializeAsString())
        << stated;
  }
}

TEST(OccurredTest, NonsenseAndTheFutureAreRefused) {
  const struct {
    const char* stated;
    const char* reason;
    const char* field;
  } cases[] = {
      {"from: '2021-02-17'", "FIELD_REQUIRED", "context.occurred.precision"},
      {"precision: PRECISION_DAY from: '2021-02-30'", "OCCURRED_INVALID", "context.occurred.from"},
      {"precision: PRECISION_DAY from: '2021-02-17' to: '2021-02-18'", "OCCURRED_INVALID",
       "context.occurred.from"},
      {"precision: PRECISION_MONTH from: '2021-02-17'", "OCCURRED_INVALID",
       "context.occurred.from"},
      {"precision: PRECISION_MONTH from: '2021-Q1'", "OCCURRED_INVALID", "context.occurred.from"},
      {"precision: PRECISION_QUARTER from: '2021-02-01'", "OCCURRED_INVALID",
       "context.occurred.from"},
      {"precision: PRECISION_YEAR from: '2021-01-01' to: '2021-12-30'", "OCCURRED_INVALID",
       "context.occurred.from"},
      {"precision: PRECISION_INTERVAL from: '2021-01-02'", "OCCURRED_INVALID",
       "context.occurred.to"},
      {"precision: PRECISION_INTERVAL from: '2021-01-02' to: '2021-01-01'", "OCCURRED_INVALID",
       "context.occurred.to"},
      {"precision: PRECISION_UNKNOWN from: '2021-01-01'", "OCCURRED_INVALID",
       "context.occurred.from"},
      {"precision: PRECISION_INSTANT", "OCCURRED_INVALID", "context.occurred.instant"},
      {"precision: PRECISION_DAY from: '2021-01-01' instant {}", "OCCURRED_INVALID",
       "context.occurred.instant"},
      {"precision: PRECISION_INSTANT instant { seconds: 1617209999 } from: '2021-04-01'",
       "OCCURRED_INVALID", "context.occurred.from"},
      {"precision: PRECISION_DAY from: '2021-04-23'", "OCCURRED_IN_FUTURE",
       "context.occurred.from"},
      {"precision: PRECISION_MONTH from: '2021-05'", "OCCURRED_IN_FUTURE", "context.occurred.from"},
  };
  for (const auto& [stated, reason, field] : cases) {
    const auto status =
        NormaliseOccurred(FromText<Occurred>(stated), kToday, "context.occurred").status();
    EXPECT_EQ(ErrorReason(status), reason) << stated;
    EXPECT_EQ(ErrorField(status), field) << stated;
  }
}

TEST(OccurredTest, AnEarlierRecordingIsForImportsAndNotBeforeItHappened) {
  const absl::Time now = StartOf(kToday);
  const DayRange february = *ParsePeriod("2021-02");
  const auto check = [&](const char* context, std::optional<DayRange> days) {
    return ErrorReason(
        CheckSourceRecordedAt(FromText<command::v1::CommandContext>(context), days, now));
  };
  EXPECT_EQ(check("channel: CHANNEL_TABLET", february), "");
  EXPECT_EQ(check("channel: CHANNEL_IMPORT source_recorded_at { seconds: 1614000000 }", february),
            "");
  EXPECT_EQ(
      check("channel: CHANNEL_IMPORT source_recorded_at { seconds: 1500000000 }", std::nullopt),
      "");
  EXPECT_EQ(check("channel: CHANNEL_TABLET source_recorded_at { seconds: 1614000000 }", february),
            "SOURCE_RECORDED_AT_INVALID");
  EXPECT_EQ(check("channel: CHANNEL_IMPORT source_recorded_at { seconds: 1600000000 }", february),
            "SOURCE_RECORDED_AT_INVALID");
  EXPECT_EQ(check("channel: CHANNEL_IMPORT source_recorded_at { seconds: 1700000000 }", february),
            "SOURCE_RECORDED_AT_INVALID");
}

}  // namespace
}  // namespace mlup::fields
