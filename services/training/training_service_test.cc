// TrainingService on a log in memory: what the handler adds to the rules.
#include "services/training/training_service.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "eventstore/base/uuid.h"
#include "mlup/cases/v1/case_service.pb.h"
#include "services/command/test_world.h"

namespace mlup::training {
namespace {

class TrainingServiceTest : public ::testing::Test {
 protected:
  // A request with a request id of its own.
  template <typename Request>
  Request Make(const std::string& stream, const std::string& fact,
               const std::string& actor = "staff-sw-1") {
    const std::string context =
        command::ContextText(absl::StrCat("r-", ++requests_), "2021-02-17", actor);
    return command::FromText<Request>(
        absl::StrCat("context { ", context, "} stream: '", stream, "' ", fact));
  }
  std::string Id() { return NewUuid(world_.clock(), random_); }

  pb::RecordAttendanceRequest Attendance(const std::string& person) {
    return Make<pb::RecordAttendanceRequest>(
        activity_, "attendance_recorded { session_no: 1 person { person_id: '" + person +
                       "' role_at_time: 'youth_club_member' status: ATTENDANCE_STATUS_PRESENT } }");
  }
  pb::HoldActivityRequest Hold() {
    return Make<pb::HoldActivityRequest>(activity_,
                                         "activity_held { kind: ACTIVITY_KIND_WORKSHOP }");
  }

  command::TestWorld world_;
  SeededRandom random_{2};
  int requests_ = 0;
  TrainingService service_{world_.commands()};
  const std::string activity_ = "activity/" + Id();
};

TEST_F(TrainingServiceTest, AnActivityIsPlannedHeldAttendedAndCounted) {
  const auto plan = Make<pb::RecordRequest>(
      activity_, "activity_planned { kind: ACTIVITY_KIND_WORKSHOP planned_from: '2021-02-10' }");
  ASSERT_TRUE(service_.Record(plan).ok());
  ASSERT_TRUE(service_.HoldActivity(Hold()).ok());
  ASSERT_TRUE(service_.RecordAttendance(Attendance(Id())).ok());
  const auto headcount = Make<pb::RecordHeadcountRequest>(
      activity_, "headcount_recorded { n: 34 basis: HEADCOUNT_BASIS_REPORTED }");
  const auto result = service_.RecordHeadcount(headcount);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->last_position(), 4U);
}

TEST_F(TrainingServiceTest, ARepeatedCommandIsReplayedWhereAnotherIsRefused) {
  const auto hold = Hold();
  ASSERT_TRUE(service_.HoldActivity(hold).ok());
  const auto again = service_.HoldActivity(hold);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->replayed());
  EXPECT_EQ(ErrorReason(service_.HoldActivity(Hold()).status()), "ALREADY_HELD");
}

TEST_F(TrainingServiceTest, AVoidedAttendanceCanBeRecordedAnew) {
  const std::string person = Id();
  ASSERT_TRUE(service_.HoldActivity(Hold()).ok());
  const auto attended = service_.RecordAttendance(Attendance(person));
  ASSERT_TRUE(attended.ok()) << attended.status();
  EXPECT_EQ(ErrorReason(service_.RecordAttendance(Attendance(person)).status()),
            "ALREADY_ATTENDED");
  const auto voided = service_.VoidEntry(Make<pb::VoidEntryRequest>(
      activity_, "entry_voided { reason: 'duplicate_entry' voids_event_id: '" +
                     attended->event_ids(0) + "' }"));
  ASSERT_TRUE(voided.ok()) << voided.status();
  EXPECT_TRUE(service_.RecordAttendance(Attendance(person)).ok());
}

TEST_F(TrainingServiceTest, WhoAsksForAnApprovalDoesNotGrantIt) {
  const std::string id = Id();
  ASSERT_TRUE(service_.HoldActivity(Hold()).ok());
  const auto asked = service_.RequestApproval(Make<pb::RequestApprovalRequest>(
      activity_,
      "approval_requested { subject: APPROVAL_SUBJECT_BUDGET approval_id: '" + id + "' }"));
  ASSERT_TRUE(asked.ok()) << asked.status();
  auto grant =
      Make<pb::GrantApprovalRequest>(activity_, "approval_granted { approval_id: '" + id + "' }");
  EXPECT_EQ(ErrorReason(service_.GrantApproval(grant).status()), "SAME_PERSON_ASKED");
  grant.mutable_context()->set_actor_id("staff-sw-2");
  EXPECT_TRUE(service_.GrantApproval(grant).ok());
}

TEST_F(TrainingServiceTest, AWorkExperienceStandsOnAPersonThatCasesRegistered) {
  const std::string id = Id();
  const std::string who = "person { person_id: '" + id + "' ";
  const auto end = Make<pb::EndWorkExperienceRequest>(
      "person/" + id, "work_experience_ended { " + who +
                          "} result: WORK_EXPERIENCE_RESULT_COMPLETED start_unknown: true }");
  EXPECT_EQ(ErrorReason(service_.EndWorkExperience(end).status()), "STREAM_UNKNOWN");
  const auto registered = world_.commands().Record(Make<cases::v1::RecordRequest>(
      "person/" + id,
      "person_registered { " + who + "sex: SEX_FEMALE residence_province_code: 'unknown' } }"));
  ASSERT_TRUE(registered.ok()) << registered.status();
  EXPECT_TRUE(service_.EndWorkExperience(end).ok());
}

}  // namespace
}  // namespace mlup::training
