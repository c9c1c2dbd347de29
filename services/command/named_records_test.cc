// Records that facts name, and ages that only a sealed day of birth tells.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "eventstore/payload/ages.h"
#include "eventstore/payload/payload.h"
#include "mlup/donations/v1/donation_service.pb.h"
#include "mlup/network/v1/network_service.pb.h"
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

  // The organisation that the cases of test_requests.h belong to.
  void RegisterOwner() {
    auto request = FromText<network::v1::RecordRequest>(
        absl::StrCat("context { ", ContextText("owner"), " } facts { stream: 'organisation/", kDara,
                     "' organisation_registered { names: 'Example' kind: ORGANISATION_KIND_NGO "
                     "province_code: '12' } }"));
    EXPECT_TRUE(world_.commands().Record(request).ok());
  }
  std::string Donate(const std::string& stream, const std::string& fact) {
    error_ = world_.commands()
                 .Record(FromText<donations::v1::RecordRequest>(
                     absl::StrCat("context { ", ContextText(absl::StrCat("d-", ++requests_)),
                                  " } facts { stream: '", stream, "' ", fact, " }")))
                 .status();
    return ErrorReason(error_);
  }
  std::string Give(const std::string& fact) {
    return Donate(absl::StrCat("distribution/", kSok), fact);
  }

  int requests_ = 0;
  TestWorld world_{{}, TestWorld::Naming::kRegistered};
  absl::Status error_;
};

TEST_F(NamedRecordsTest, WhatIsNamedMustBeThere) {
  EXPECT_EQ(Record("c", {Opened(kSok)}), "RECORD_UNKNOWN");
  EXPECT_EQ(ErrorField(error_), "facts[0].case_opened.child.person_id");
  EXPECT_THAT(error_.message(), HasSubstr("no person with this id is registered"));
  EXPECT_THAT(error_.message(), HasSubstr("context.allow_unregistered"));
}

TEST_F(NamedRecordsTest, OrganisationsGroupsAndStoresMustBeThereToo) {
  ASSERT_EQ(Record("r", {Registered(kSok)}), "");
  EXPECT_EQ(Record("c", {Opened(kSok)}), "RECORD_UNKNOWN");
  EXPECT_EQ(ErrorField(error_), "facts[0].case_opened.owner_org_id");
  RegisterOwner();
  EXPECT_EQ(Record("c", {Opened(kSok)}), "") << error_;
  EXPECT_EQ(Give("distribution_held { reason: DISTRIBUTION_REASON_COVID store_id: "
                 "'018f3c6e-0000-7000-8000-000000000077' }"),
            "RECORD_UNKNOWN");
}

TEST_F(NamedRecordsTest, AKitMustBeDefinedInThatVersion) {
  ASSERT_EQ(Give("distribution_held { reason: DISTRIBUTION_REASON_COVID }"), "") << error_;
  const auto given = [this](int version) {
    return Give(
        absl::StrCat("items_distributed { recipient_kind: RECIPIENT_KIND_ORGANISATION "
                     "purpose: ITEMS_PURPOSE_FOOD given_by: GIVEN_BY_OWN kit_code: 'pack' "
                     "kit_version: ",
                     version, " }"));
  };
  const auto kit = [this](int version) {
    return Donate(absl::StrCat("store/", kSok),
                  absl::StrCat("kit_defined { kit_code: 'pack' version: ", version, " }"));
  };
  EXPECT_EQ(given(1), "KIT_UNKNOWN");
  EXPECT_EQ(ErrorField(error_), "facts[0].items_distributed.kit_version");
  ASSERT_EQ(kit(1), "") << error_;
  EXPECT_EQ(given(1), "") << error_;
  EXPECT_EQ(given(9), "KIT_UNKNOWN");
  ASSERT_EQ(kit(9), "") << error_;
  EXPECT_EQ(given(9), "") << error_;
  const std::string defined = world_.Records()[world_.Records().size() - 2].event().event_id();
  ASSERT_EQ(
      Donate(absl::StrCat("store/", kSok), absl::StrCat("entry_voided { voids_event_id: '", defined,
                                                        "' reason: 'duplicate_entry' }")),
      "")
      << error_;
  world_.Restart();
  EXPECT_EQ(given(9), "KIT_UNKNOWN") << "its definition was voided";
  EXPECT_EQ(given(1), "") << error_;
}

TEST_F(NamedRecordsTest, WhatTheSameRequestBeginsIsThere) {
  RegisterOwner();
  EXPECT_EQ(Record("r", {Registered(kSok), Opened(kSok)}), "") << error_;
}

TEST_F(NamedRecordsTest, RequestsThatAreRecordedTogetherSeeEachOther) {
  RegisterOwner();
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
