#include "services/training/activity_rules.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "eventstore/base/check.h"

namespace mlup::training {
namespace {

template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  CHECK(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

// The state after these events, whose ids are "1", "2" and so on.
ActivityState After(const std::vector<std::string>& events) {
  ActivityState state;
  for (std::size_t i = 0; i < events.size(); ++i) {
    command::EventInfo info;
    info.event_id = std::to_string(i + 1);
    Evolve(state, Parse<pb::TrainingEvent>(events[i]), info);
  }
  return state;
}

// The refusal of a request, or nothing where it is accepted as the one event it states.
template <typename Request>
std::string Refusal(const ActivityState& state, const std::string& request) {
  const auto decision = Decide(state, Parse<Request>(request), {});
  if (!decision.ok()) return ErrorReason(decision.status());
  CHECK(decision->size() == 1 && decision->front().stream.empty());
  EXPECT_EQ(decision->front().event.ShortDebugString(), Parse<Request>(request).ShortDebugString());
  return "";
}

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
  EXPECT_EQ(Refusal<pb::HoldActivityRequest>(After({}), kHeld), "");
  EXPECT_EQ(Refusal<pb::HoldActivityRequest>(After({kPlanned, kPlanned}), kHeld), "");
  EXPECT_EQ(Refusal<pb::HoldActivityRequest>(After({kHeld}), kHeld), "ALREADY_HELD");
  EXPECT_EQ(Refusal<pb::HoldActivityRequest>(After({kPlanned, kCancelled}), kHeld),
            "ACTIVITY_CANCELLED");
}

TEST(ActivityTest, OnlyAPlanIsCancelled) {
  EXPECT_EQ(Refusal<pb::CancelActivityRequest>(After({kPlanned}), kCancelled), "");
  EXPECT_EQ(Refusal<pb::CancelActivityRequest>(After({}), kCancelled), "NOT_PLANNED");
  EXPECT_EQ(Refusal<pb::CancelActivityRequest>(After({kPlanned, kHeld}), kCancelled),
            "ALREADY_HELD");
  EXPECT_EQ(Refusal<pb::CancelActivityRequest>(After({kPlanned, kCancelled}), kCancelled),
            "ACTIVITY_CANCELLED");
}

TEST(ActivityTest, APersonAttendsASessionOnce) {
  const ActivityState state = After({kHeld, Attendance("a", 1), Attendance("b", 1, "ABSENT")});
  EXPECT_EQ(Refusal<pb::RecordAttendanceRequest>(state, Attendance("a", 2)), "");
  EXPECT_EQ(Refusal<pb::RecordAttendanceRequest>(state, Attendance("c", 1)), "");
  EXPECT_EQ(Refusal<pb::RecordAttendanceRequest>(state, Attendance("a", 1)), "ALREADY_ATTENDED");
  EXPECT_EQ(Refusal<pb::RecordAttendanceRequest>(state, Attendance("b", 1)), "ALREADY_ATTENDED");
  EXPECT_EQ(Refusal<pb::RecordAttendanceRequest>(After({kPlanned}), Attendance("a", 1)),
            "ACTIVITY_NOT_HELD");
}

TEST(ActivityTest, AHeadcountNamesTheOneItReplaces) {
  const ActivityState once = After({kHeld, kCount34});
  EXPECT_EQ(Refusal<pb::RecordHeadcountRequest>(After({kHeld}), kCount34), "");
  EXPECT_EQ(Refusal<pb::RecordHeadcountRequest>(After({}), kCount34), "ACTIVITY_NOT_HELD");
  EXPECT_EQ(Refusal<pb::RecordHeadcountRequest>(once, kCount34), "HEADCOUNT_EXISTS");
  EXPECT_EQ(Refusal<pb::RecordHeadcountRequest>(once, Replacing("2")), "");
  EXPECT_EQ(Refusal<pb::RecordHeadcountRequest>(once, Replacing("1")), "EVENT_NOT_ON_STREAM");

  const ActivityState twice = After({kHeld, kCount34, Replacing("2")});
  EXPECT_EQ(Refusal<pb::RecordHeadcountRequest>(twice, Replacing("2")), "HEADCOUNT_EXISTS");
  EXPECT_EQ(Refusal<pb::RecordHeadcountRequest>(twice, Replacing("3")), "");
}

TEST(ActivityTest, TheKnownPartsOfAHeadcountAreNotMoreThanTheWhole) {
  const ActivityState state = After({kHeld});
  EXPECT_EQ(Refusal<pb::RecordHeadcountRequest>(state, "headcount_recorded { n: 5 female: 3 }"),
            "");
  EXPECT_EQ(
      Refusal<pb::RecordHeadcountRequest>(state, "headcount_recorded { n: 5 female: 3 male: 2 }"),
      "");
  EXPECT_EQ(
      Refusal<pb::RecordHeadcountRequest>(state, "headcount_recorded { n: 5 female: 3 male: 3 }"),
      "PARTS_EXCEED_WHOLE");
  EXPECT_EQ(Refusal<pb::RecordHeadcountRequest>(
                state, "headcount_recorded { n: 5 female: 4294967295 male: 1 }"),
            "PARTS_EXCEED_WHOLE");
}

}  // namespace
}  // namespace mlup::training
