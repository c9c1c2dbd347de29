// Records that facts name, and ages that only a sealed day of birth tells.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "eventstore/payload/ages.h"
#include "eventstore/payload/payload.h"
#include "services/command/recording_test.h"

namespace mlup::command {
namespace {

using testing::HasSubstr;
using testing::Not;

class NamedRecordsTest : public testing::Test {
 protected:
  std::string Record(const std::string& id, const std::vector<std::string>& facts) {
    return Answer(CaseRequest(id, facts));
  }
  std::string Answer(const pb::RecordRequest& request) {
    error_ = world_.commands().Record(request).status();
    return ErrorReason(error_);
  }

  TestWorld world_{{}, TestWorld::Naming::kRegistered};
  absl::Status error_;
};

TEST_F(NamedRecordsTest, WhatIsNamedMustBeThere) {
  EXPECT_EQ(Record("c", {Opened(kSok)}), "RECORD_UNKNOWN");
  EXPECT_EQ(ErrorField(error_), "facts[0].case_opened.child.person_id");
  EXPECT_THAT(error_.message(), HasSubstr("no person with this id is registered"));
  EXPECT_THAT(error_.message(), HasSubstr("context.allow_unregistered"));
}

TEST_F(NamedRecordsTest, OrganisationsMayBeNamedBeforeTheyAreKept) {
  ASSERT_EQ(Record("r", {Registered(kSok)}), "");
  EXPECT_EQ(Record("c", {Opened(kSok)}), "") << error_;
}

TEST_F(NamedRecordsTest, WhatTheSameRequestBeginsIsThere) {
  EXPECT_EQ(Record("r", {Registered(kSok), Opened(kSok)}), "");
}

TEST_F(NamedRecordsTest, RequestsThatAreRecordedTogetherSeeEachOther) {
  const auto registration = CaseRequest("r", {Registered(kSok)});
  const auto note = CaseRequest("n", {Opened(kSok)});
  for (const auto& result : world_.commands().RecordEach({&registration, &note})) {
    EXPECT_TRUE(result.ok()) << result.status();
  }
}

TEST_F(NamedRecordsTest, AnImportInAnotherOrderSaysSo) {
  pb::RecordRequest request = CaseRequest("c", {Opened(kSok)});
  request.mutable_context()->set_allow_unregistered(true);
  EXPECT_EQ(Answer(request), "ALLOW_UNREGISTERED_INVALID");
  request.mutable_context()->set_channel(log::v1::CHANNEL_IMPORT);
  request.mutable_context()->set_role("trainer");
  EXPECT_EQ(Answer(request), "IMPORT_NOT_GRANTED");
  request.mutable_context()->set_role("worker");
  EXPECT_EQ(Answer(request), "") << error_;
}

// An age as it was recorded with a follow-up on a day; -1 for none.
class AgesTest : public RecordingTest {
 protected:
  std::string Born(const std::string& how) {
    return OnPerson(kSok,
                    absl::StrCat("person_registered { person { person_id: '", kSok,
                                 "' sex: SEX_FEMALE residence_province_code: '02' ", how, " } }"));
  }
  static std::string FollowedUp() {
    return OnPerson(kSok,
                    absl::StrCat("follow_up_conducted { followup_type: FOLLOW_UP_TYPE_CONTACT "
                                 "contact: CONTACT_PHONE by: FOLLOW_UP_BY_STAFF "
                                 "person { person_id: '",
                                 kSok, "' } }"));
  }
  int AgeAt(const std::string& occurred) {
    pb::RecordRequest request = CaseRequest(absl::StrCat("c-", ++requests_), {FollowedUp()});
    *request.mutable_context()->mutable_occurred() = FromText<log::v1::Occurred>(occurred);
    EXPECT_EQ(RecordingTest::Record(request), "") << error_;
    const auto message = *payload::JoinClear(world_.Records().back().event());
    return payload::AgeIn(*message, [](const std::string&) { return true; }).value_or(-1);
  }
  int AgeOn(const std::string& day) {
    return AgeAt(absl::StrCat("precision: PRECISION_DAY from: '", day, "'"));
  }

  int requests_ = 0;
};

TEST_F(AgesTest, IsToldOnlyWhereTheMonthLeavesTwoAndTheDayOne) {
  ASSERT_EQ(Record("r", {Born("birth_month: '2009-03' date_of_birth: '2009-03-17'")}), "");
  EXPECT_EQ(AgeOn("2021-02-28"), -1) << "the month tells it";
  EXPECT_EQ(AgeOn("2021-03-16"), 11);
  EXPECT_EQ(AgeOn("2021-03-17"), 12) << "the birthday itself";
  EXPECT_EQ(AgeOn("2021-04-01"), -1);
  EXPECT_EQ(AgeAt("precision: PRECISION_MONTH from: '2021-03'"), -1) << "the days allow two";
  EXPECT_EQ(AgeAt("precision: PRECISION_UNKNOWN"), -1);
}

TEST_F(AgesTest, NothingIsToldWhereNoDayIsKnown) {
  ASSERT_EQ(Record("r", {Born("birth_month: '2009-03'")}), "");
  EXPECT_EQ(AgeOn("2021-03-17"), -1);
}

TEST_F(AgesTest, WithoutAMonthInClearNothingIsTold) {
  ASSERT_EQ(Record("r", {Born("date_of_birth: '2009-03-17'")}), "");
  EXPECT_EQ(AgeOn("2021-02-28"), -1);
}

TEST_F(AgesTest, ARegistrationInTheSameRequestAndAfterARestartTellsItToo) {
  const std::string born = Born("birth_month: '2009-03' date_of_birth: '2009-03-17'");
  pb::RecordRequest request = CaseRequest("r", {born, Opened(kSok)});
  request.mutable_context()->mutable_occurred()->set_from("2021-03-20");
  ASSERT_EQ(RecordingTest::Record(request), "") << error_;
  const auto message = *payload::JoinClear(world_.Records().back().event());
  EXPECT_EQ(payload::AgeIn(*message, [](const std::string&) { return true; }), 12);
  world_.Restart();
  EXPECT_EQ(AgeOn("2021-03-16"), 11);
}

TEST_F(AgesTest, ACorrectedDayCountsFromThenOn) {
  ASSERT_EQ(Record("r", {Born("birth_month: '2009-03' date_of_birth: '2009-03-17'")}), "");
  ASSERT_EQ(
      Record("k", {Corrected(kSok, last_.event_ids(0),
                             absl::StrCat("persons { person_id: '", kSok,
                                          "' personal_changes { field: "
                                          "'person.date_of_birth' old_value: "
                                          "'\"2009-03-17\"' new_value: '\"2009-03-18\"' } }"))}),
      "")
      << error_;
  EXPECT_EQ(AgeOn("2021-03-17"), 11);
}

TEST_F(AgesTest, TheDayOfBirthStandsNowhereInClear) {
  ASSERT_EQ(Record("r", {Born("birth_month: '2009-03' date_of_birth: '2009-03-17'")}), "");
  ASSERT_EQ(AgeOn("2021-03-17"), 12);
  for (const auto& record : world_.Records()) {
    EXPECT_THAT(record.SerializeAsString(), Not(HasSubstr("2009-03-17")));
  }
}

}  // namespace
}  // namespace mlup::command
