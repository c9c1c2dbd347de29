#include "services/training/activity_rules.h"

#include <gtest/gtest.h>

#include "services/command/rule_test.h"

namespace mlup::training {
namespace {

ActivityState After(const std::vector<std::string>& events) {
  return command::StateAfter<ActivityState, pb::TrainingEvent>(events);
}

using command::RefusalOf;

constexpr char kPlanned[] = "activity_planned { kind: ACTIVITY_KIND_WORKSHOP }";
constexpr char kHeld[] = "activity_held { kind: ACTIVITY_KIND_WORKSHOP }";
constexpr char kCancelled[] = "activity_cancelled { reason: 'covid_restriction' }";
constexpr char kCount34[] = "headcount_recorded { n: 34 basis: HEADCOUNT_BASIS_REPORTED }";

std::string Attendance(const std::string& person, int session,
                       const std::string& status = "PRESENT") {
  return "attendance_recorded { person { person_id: '" + person + "' status: ATTENDANCE_STATUS_" +
         status + " } session_no: " + std::to_string(session) + " }";
}

std::string Replacing(const std::string& event_id) {
  return "headcount_recorded { n: 30 replaces_event_id: '" + event_id + "' }";
}

TEST(ActivityTest, IsHeldOnceWithOrWithoutAPlan) {
  EXPECT_EQ(RefusalOf<pb::HoldActivityRequest>(After({}), kHeld), "");
  EXPECT_EQ(RefusalOf<pb::HoldActivityRequest>(After({kPlanned, kPlanned}), kHeld), "");
  EXPECT_EQ(RefusalOf<pb::HoldActivityRequest>(After({kHeld}), kHeld), "ALREADY_HELD");
  EXPECT_EQ(RefusalOf<pb::HoldActivityRequest>(After({kPlanned, kCancelled}), kHeld),
            "ACTIVITY_CANCELLED");
}

TEST(ActivityTest, OnlyAPlanIsCancelled) {
  EXPECT_EQ(RefusalOf<pb::CancelActivityRequest>(After({kPlanned}), kCancelled), "");
  EXPECT_EQ(RefusalOf<pb::CancelActivityRequest>(After({}), kCancelled), "NOT_PLANNED");
  EXPECT_EQ(RefusalOf<pb::CancelActivityRequest>(After({kPlanned, kHeld}), kCancelled),
            "ALREADY_HELD");
  EXPECT_EQ(RefusalOf<pb::CancelActivityRequest>(After({kPlanned, kCancelled}), kCancelled),
            "ACTIVITY_CANCELLED");
}

TEST(ActivityTest, APersonAttendsASessionOnce) {
  const ActivityState state = After({kHeld, Attendance("a", 1), Attendance("b", 1, "ABSENT")});
  EXPECT_EQ(RefusalOf<pb::RecordAttendanceRequest>(state, Attendance("a", 2)), "");
  EXPECT_EQ(RefusalOf<pb::RecordAttendanceRequest>(state, Attendance("c", 1)), "");
  EXPECT_EQ(RefusalOf<pb::RecordAttendanceRequest>(state, Attendance("a", 1)), "ALREADY_ATTENDED");
  EXPECT_EQ(RefusalOf<pb::RecordAttendanceRequest>(state, Attendance("b", 1)), "ALREADY_ATTENDED");
  EXPECT_EQ(RefusalOf<pb::RecordAttendanceRequest>(After({kPlanned}), Attendance("a", 1)),
            "ACTIVITY_NOT_HELD");
}

TEST(ActivityTest, AHeadcountNamesTheOneItReplaces) {
  const ActivityState once = After({kHeld, kCount34});
  EXPECT_EQ(RefusalOf<pb::RecordHeadcountRequest>(After({kHeld}), kCount34), "");
  EXPECT_EQ(RefusalOf<pb::RecordHeadcountRequest>(After({}), kCount34), "ACTIVITY_NOT_HELD");
  EXPECT_EQ(RefusalOf<pb::RecordHeadcountRequest>(once, kCount34), "HEADCOUNT_EXISTS");
  EXPECT_EQ(RefusalOf<pb::RecordHeadcountRequest>(once, Replacing("2")), "");
  EXPECT_EQ(RefusalOf<pb::RecordHeadcountRequest>(once, Replacing("1")), "EVENT_NOT_ON_STREAM");

  const ActivityState twice = After({kHeld, kCount34, Replacing("2")});
  EXPECT_EQ(RefusalOf<pb::RecordHeadcountRequest>(twice, Replacing("2")), "HEADCOUNT_EXISTS");
  EXPECT_EQ(RefusalOf<pb::RecordHeadcountRequest>(twice, Replacing("3")), "");
}

TEST(ActivityTest, TheKnownPartsOfAHeadcountAreNotMoreThanTheWhole) {
  const ActivityState state = After({kHeld});
  EXPECT_EQ(RefusalOf<pb::RecordHeadcountRequest>(state, "headcount_recorded { n: 5 female: 3 }"),
            "");
  EXPECT_EQ(
      RefusalOf<pb::RecordHeadcountRequest>(state, "headcount_recorded { n: 5 female: 3 male: 2 }"),
      "");
  EXPECT_EQ(
      RefusalOf<pb::RecordHeadcountRequest>(state, "headcount_recorded { n: 5 female: 3 male: 3 }"),
      "PARTS_EXCEED_WHOLE");
  EXPECT_EQ(RefusalOf<pb::RecordHeadcountRequest>(
                state, "headcount_recorded { n: 5 female: 4294967295 male: 1 }"),
            "PARTS_EXCEED_WHOLE");
}

}  // namespace
}  // namespace mlup::training
