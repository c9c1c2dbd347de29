// What is out of the ordinary raises one alarm, and the ordinary none.
#include "services/query/reading_watch.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/clock.h"
#include "eventstore/base/status.h"

namespace mlup::query {
namespace {

using audit::v1::AlarmKind;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kCanary[] = "018f3c6e-0000-7000-8000-0000000000ff";

class ReadingWatchTest : public testing::Test {
 protected:
  std::vector<AlarmKind> Served(const std::string& person, const std::string& actor = "a") {
    return Note({actor, person, audit::v1::ACCESS_RESULT_SERVED});
  }
  std::vector<AlarmKind> Note(const WatchedReading& reading) {
    std::vector<AlarmKind> kinds;
    for (const auto& alarm : watch_.Note(reading)) {
      EXPECT_EQ(alarm.person_id(), reading.person_id);
      kinds.push_back(alarm.kind());
    }
    return kinds;
  }

  // 10 in the morning in Phnom Penh.
  ManualClock clock_{absl::FromCivil(absl::CivilHour(2021, 2, 17, 3), absl::UTCTimeZone())};
  ReadingWatch watch_{clock_, {kCanary}, {.persons = 3, .unknown_ids = 2, .out_of_scope = 2}};
};

TEST_F(ReadingWatchTest, ManyPersonsInAnHourAreOneAlarm) {
  for (int again = 0; again < 10; ++again) EXPECT_THAT(Served("1"), IsEmpty()) << "one person";
  EXPECT_THAT(Served("2"), IsEmpty());
  EXPECT_THAT(Served("3"), IsEmpty());
  EXPECT_THAT(Served("1", "b"), IsEmpty()) << "another reader";
  EXPECT_THAT(Served("4"), ElementsAre(audit::v1::ALARM_KIND_MANY_PERSONS));
  EXPECT_THAT(Served("5"), IsEmpty()) << "it is raised already";
  clock_.Advance(absl::Minutes(61));
  for (const char* const person : {"1", "2", "3"}) EXPECT_THAT(Served(person), IsEmpty());
  EXPECT_THAT(Served("4"), ElementsAre(audit::v1::ALARM_KIND_MANY_PERSONS));
  EXPECT_EQ(watch_.Counts().at("many_persons"), 2U);
}

TEST_F(ReadingWatchTest, WhoseIdsAreGuessedOrOutOfReachIsOne) {
  const auto unknown = [&](const std::string& id) {
    return Note({"a", id, audit::v1::ACCESS_RESULT_UNKNOWN});
  };
  const auto out = [&](const std::string& id) {
    return Note({"a", id, audit::v1::ACCESS_RESULT_REFUSED, true});
  };
  EXPECT_THAT(unknown("1"), IsEmpty());
  EXPECT_THAT(unknown("2"), IsEmpty());
  EXPECT_THAT(unknown("3"), ElementsAre(audit::v1::ALARM_KIND_UNKNOWN_IDS));
  EXPECT_THAT(out("1"), IsEmpty());
  EXPECT_THAT(out("2"), IsEmpty());
  EXPECT_THAT(out("3"), ElementsAre(audit::v1::ALARM_KIND_OUT_OF_SCOPE));
  EXPECT_THAT(Note({"a", "9", audit::v1::ACCESS_RESULT_REFUSED}), IsEmpty());
}

TEST_F(ReadingWatchTest, TheNightIsFromTenToFive) {
  clock_.Advance(absl::Minutes(11 * 60 + 59));
  EXPECT_THAT(Served("1"), IsEmpty()) << "21:59";
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(Served("1", "b"), ElementsAre(audit::v1::ALARM_KIND_AT_NIGHT)) << "22:00";
  EXPECT_THAT(Served("2", "b"), IsEmpty()) << "once";
  clock_.Advance(absl::Hours(6) + absl::Minutes(59));
  EXPECT_THAT(Served("1", "b"), ElementsAre(audit::v1::ALARM_KIND_AT_NIGHT)) << "4:59";
  clock_.Advance(absl::Minutes(61));
  EXPECT_THAT(Served("1", "b"), IsEmpty()) << "6:00";
}

TEST_F(ReadingWatchTest, ACanaryIsReadByNobodyWithoutAnAlarm) {
  for (int again = 0; again < 2; ++again) {
    EXPECT_THAT(Served(kCanary), ElementsAre(audit::v1::ALARM_KIND_CANARY));
  }
  EXPECT_THAT(Note({"a", kCanary, audit::v1::ACCESS_RESULT_REFUSED}),
              ElementsAre(audit::v1::ALARM_KIND_CANARY));
  EXPECT_THAT(Note({"a", kCanary, audit::v1::ACCESS_RESULT_SERVED, false, false}),
              ElementsAre(audit::v1::ALARM_KIND_CANARY));
  EXPECT_THAT(Note({"a", "1", audit::v1::ACCESS_RESULT_SERVED, false, false}), IsEmpty());
}

TEST_F(ReadingWatchTest, CanariesAreIdsALine) {
  const auto ids = ParseCanaries(std::string("# planted\n\n ") + kCanary + " # in Battambang\n");
  ASSERT_TRUE(ids.ok()) << ids.status();
  EXPECT_THAT(*ids, ElementsAre(kCanary));
  const auto wrong = ParseCanaries("\nSok Dara\n").status();
  EXPECT_EQ(ErrorReason(wrong), "CANARY_INVALID");
  EXPECT_THAT(std::string(wrong.message()), testing::HasSubstr("line 2"));
}

}  // namespace
}  // namespace mlup::query
