// The rules of an activity: planned, held once, attended once a session, counted by its last
// head-count.
#include "services/domain/activity.h"

#include "gtest/gtest.h"

#include "services/domain/rule_test.h"

namespace mlup::domain::activity_test {
namespace {

constexpr char kActivity[] = "activity/a";
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

struct Case {
  std::vector<std::string> before;
  std::string fact;
  std::string refusal;
};

void Check(const std::vector<Case>& cases) {
  for (const auto& [before, fact, refusal] : cases) {
    EXPECT_EQ(Given(kActivity, before).Refusal(fact), refusal)
        << testing::PrintToString(before) << fact;
  }
}

TEST(ActivityTest, IsHeldOnceWithOrWithoutAPlan) {
  Check({{{}, kHeld, ""},
         {{kPlanned, kPlanned}, kHeld, ""},
         {{kHeld}, kHeld, "ALREADY_HELD"},
         {{kPlanned, kHeld}, kHeld, "ALREADY_HELD"},
         {{kPlanned, kCancelled}, kHeld, "ACTIVITY_CANCELLED"},
         {{kPlanned, kCancelled, "entry_voided { voids_event_id: 'e2' }"}, kHeld, ""}});
}

TEST(ActivityTest, OnlyAPlanIsCancelled) {
  Check({{{kPlanned}, kCancelled, ""},
         {{}, kCancelled, "STREAM_UNKNOWN"},
         {{"document_attached { }"}, kCancelled, "NOT_PLANNED"},
         {{kPlanned, kHeld}, kCancelled, "ALREADY_HELD"},
         {{kPlanned, kCancelled}, kCancelled, "ACTIVITY_CANCELLED"}});
}

TEST(ActivityTest, APersonAttendsASessionOnce) {
  const std::vector<std::string> attended = {kHeld, Attendance("a", 1),
                                             Attendance("b", 1, "ABSENT")};
  Check({{attended, Attendance("a", 2), ""},
         {attended, Attendance("c", 1), ""},
         {attended, Attendance("a", 1), "ALREADY_ATTENDED"},
         {attended, Attendance("b", 1), "ALREADY_ATTENDED"},
         {{kPlanned}, Attendance("a", 1), "ACTIVITY_NOT_HELD"},
         {{kHeld, Attendance("a", 1), "entry_voided { voids_event_id: 'e2' }"},
          Attendance("a", 1),
          ""}});
}

TEST(ActivityTest, AHeadcountNamesTheOneItReplaces) {
  Check({{{kHeld}, kCount34, ""},
         {{kPlanned}, kCount34, "ACTIVITY_NOT_HELD"},
         {{}, kCount34, "STREAM_UNKNOWN"},
         {{kHeld, kCount34}, kCount34, "HEADCOUNT_EXISTS"},
         {{kHeld, kCount34}, Replacing("e2"), ""},
         {{kHeld, kCount34}, Replacing("e1"), "EVENT_NOT_ON_STREAM"},
         {{kHeld, kCount34, Replacing("e2")}, Replacing("e2"), "HEADCOUNT_EXISTS"},
         {{kHeld, kCount34, Replacing("e2")}, Replacing("e3"), ""}});
}

TEST(ActivityTest, TheKnownPartsOfAHeadcountAreNotMoreThanTheWhole) {
  Check({{{kHeld}, "headcount_recorded { n: 5 female: 3 }", ""},
         {{kHeld}, "headcount_recorded { n: 5 female: 3 male: 2 }", ""},
         {{kHeld},
          "headcount_recorded { n: 5 female: 3 male: 3 }",
          "PARTS_EXCEED_WHOLE at headcount_recorded.n"},
         {{kHeld},
          "headcount_recorded { n: 5 female: 4294967295 male: 1 }",
          "PARTS_EXCEED_WHOLE at headcount_recorded.n"},
         {{kHeld},
          "headcount_recorded { n: 5 roles { role_at_time: 'parent' n: 3 } roles { role_at_time: "
          "'mentor' n: 2 } }",
          ""},
         {{kHeld},
          "headcount_recorded { n: 5 roles { role_at_time: 'parent' n: 4294967295 } roles { "
          "role_at_time: 'mentor' n: 1 } }",
          "PARTS_EXCEED_WHOLE at headcount_recorded.n"},
         {{kHeld},
          "headcount_recorded { n: 5 roles { role_at_time: 'parent' n: 3 } roles { role_at_time: "
          "'parent' n: 2 } }",
          "ROLE_TWICE at headcount_recorded.roles"}});
}

}  // namespace
}  // namespace mlup::domain::activity_test
