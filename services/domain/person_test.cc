// The rules of a person: roles, whose stream it is, and the merges of persons and of households.
#include "services/domain/person.h"

#include "gtest/gtest.h"

#include "services/domain/rule_test.h"

namespace mlup::domain::person_test {
namespace {

constexpr char kPerson[] = "person/sok";
constexpr char kRegistered[] = "person_registered { person { person_id: 'sok' } }";
constexpr char kGranted[] = "approval_granted { approval_id: 'a' }";
constexpr char kAskedToMerge[] =
    "approval_requested { approval_id: 'a' subject: APPROVAL_SUBJECT_MERGE }";

std::string RoleStarted(const std::string& fields) {
  return "person_role_started { person { person_id: 'sok' role: PERSON_ROLE_YOUTH_CLUB_MEMBER " +
         fields + " } }";
}

TEST(PersonTest, ARoleIsHeldOnceInOnePlaceAndEndedWhereBegun) {
  const std::string started = RoleStarted("group_id: 'g'");
  const std::string ended =
      "person_role_ended { person { person_id: 'sok' role: PERSON_ROLE_YOUTH_CLUB_MEMBER } }";
  const std::string other_ended =
      "person_role_ended { person { person_id: 'sok' role: PERSON_ROLE_MENTOR } }";
  const std::string unknown_start =
      "person_role_ended { person { person_id: 'sok' role: PERSON_ROLE_MENTOR start_unknown: true "
      "} }";
  const struct {
    std::vector<std::string> before;
    std::string fact;
    std::string refusal;
  } cases[] = {
      {{}, started, ""},
      {{started}, started, "ROLE_ALREADY_HELD"},
      {{started}, RoleStarted("group_id: 'other'"), ""},
      {{started}, RoleStarted("group_id: 'g' org_id: 'o'"), ""},
      {{started, ended}, started, ""},
      {{started}, ended, ""},
      {{started}, other_ended, "ROLE_NOT_HELD"},
      {{}, ended, "ROLE_NOT_HELD"},
      {{started, ended}, ended, "ROLE_NOT_HELD"},
      {{started, RoleStarted("group_id: 'other'"), ended}, ended, ""},
      {{}, unknown_start, ""},
  };
  for (const auto& [before, fact, refusal] : cases) {
    EXPECT_EQ(Given(kPerson, {kRegistered}).And(before).Refusal(fact), refusal)
        << testing::PrintToString(before) << fact;
  }
  EXPECT_EQ(Given(kPerson).Refusal(started), "STREAM_UNKNOWN");
}

// Every fact that may stand on a person's stream and names one person first; of all services.
TEST(PersonTest, AFactStandsOnItsOwnPersonsStream) {
  const Records world = Given(kPerson, {"document_attached { }"});
  for (const std::string fact : {"person_role_started",
                                 "person_role_ended",
                                 "persons_merged",
                                 "persons_unmerged",
                                 "residence_changed",
                                 "disability_recorded",
                                 "school_status_changed",
                                 "testimony_recorded",
                                 "consent_recorded",
                                 "note_recorded",
                                 "task_created",
                                 "referral_made",
                                 "follow_up_conducted",
                                 "work_experience_applied_for",
                                 "work_experience_started",
                                 "work_experience_ended",
                                 "interview_passed",
                                 "job_offered",
                                 "employment_obtained",
                                 "scholarship_applied_for",
                                 "scholarship_awarded"}) {
    EXPECT_EQ(world.Refusal(fact + " { person { person_id: 'dara' } }"), "OTHER_PERSON") << fact;
    EXPECT_NE(world.Refusal(fact + " { person { person_id: 'sok' } }"), "OTHER_PERSON") << fact;
  }
  EXPECT_EQ(world.Refusal("child_birth_recorded { parent { person_id: 'dara' } }"), "OTHER_PERSON");
  EXPECT_EQ(Given(kPerson).Refusal("person_registered { person { person_id: 'dara' } }"),
            "OTHER_PERSON");
  EXPECT_EQ(Given(kPerson).Refusal(kRegistered), "");
  EXPECT_EQ(Given("case/c", {"task_created { }"})
                .Refusal("note_recorded { person { person_id: 'dara' } }"),
            "")
      << "other streams are nobody's";
}

TEST(PersonTest, APersonIsRegisteredOnce) {
  EXPECT_EQ(Given(kPerson, {kRegistered}).Refusal(kRegistered), "STREAM_EXISTS");
  EXPECT_EQ(
      Given(kPerson, {kRegistered}).Refusal("person_registered { person { person_id: 'dara' } }"),
      "STREAM_EXISTS")
      << "that the record exists is told first";
}

// Persons and households merge by the same rules; the tables differ in words only.
struct Mergeable {
  std::string ending;
  std::string survivor;
  std::string registered;
  std::string survivor_registered;
  std::string merged;
  std::string survivor_merged;
  std::string unmerged;
};

void BothRecordsLiveAndTheMergeIsApproved(const Mergeable& m) {
  const auto ready = [&] {
    return Given(m.ending, {m.registered, kAskedToMerge, kGranted})
        .And(m.survivor, {m.survivor_registered});
  };
  EXPECT_EQ(ready().Refusal(m.merged), "");
  EXPECT_EQ(
      Given(m.ending, {m.registered}).And(m.survivor, {m.survivor_registered}).Refusal(m.merged),
      "APPROVAL_MISSING");
  EXPECT_EQ(
      Given(m.ending,
            {m.registered,
             "approval_requested { approval_id: 'a' subject: APPROVAL_SUBJECT_CLOSURE }", kGranted})
          .And(m.survivor, {m.survivor_registered})
          .Refusal(m.merged),
      "APPROVAL_MISSING");
  EXPECT_EQ(Given(m.ending, {m.registered})
                .And(m.survivor, {m.survivor_registered, kAskedToMerge, kGranted})
                .Refusal(m.merged),
            "APPROVAL_MISSING")
      << "the approval stands on the record that ends";
  EXPECT_EQ(Given(m.ending, {m.registered, kAskedToMerge, kGranted}).Refusal(m.merged),
            "SURVIVOR_UNKNOWN");
  EXPECT_EQ(ready().And(m.survivor, {m.survivor_merged}).Refusal(m.merged), "SURVIVOR_UNKNOWN");
  EXPECT_EQ(ready().And(m.ending, {m.merged}).Refusal(m.merged), "ALREADY_MERGED");

  EXPECT_EQ(ready().Refusal(m.unmerged), "NOT_MERGED");
  EXPECT_EQ(ready().And(m.ending, {m.merged}).Refusal(m.unmerged), "");
  EXPECT_EQ(ready().And(m.ending, {m.merged, m.unmerged}).Refusal(m.unmerged), "NOT_MERGED");
  EXPECT_EQ(ready().And(m.ending, {m.merged, m.unmerged}).Refusal(m.merged), "APPROVAL_MISSING")
      << "an approval merges once";
  EXPECT_EQ(ready().And(m.ending, {m.registered, m.merged}).Refusal(m.unmerged), "NOT_MERGED")
      << "another event's id";
}

TEST(MergeTest, OfPersons) {
  BothRecordsLiveAndTheMergeIsApproved(
      {kPerson, "person/dara", kRegistered, "person_registered { person { person_id: 'dara' } }",
       "persons_merged { person { person_id: 'sok' } survivor { person_id: 'dara' } approval_id: "
       "'a' }",
       "persons_merged { person { person_id: 'dara' } survivor { person_id: 'sok' } }",
       "persons_unmerged { person { person_id: 'sok' } merge_event_id: 'e5' }"});
}

TEST(MergeTest, OfHouseholds) {
  BothRecordsLiveAndTheMergeIsApproved(
      {"household/h", "household/i", "household_registered { }", "household_registered { }",
       "households_merged { survivor_id: 'i' approval_id: 'a' }",
       "households_merged { survivor_id: 'h' }", "households_unmerged { merge_event_id: 'e5' }"});
}

TEST(MergeTest, ARecordIsNotMergedIntoItself) {
  EXPECT_EQ(Given(kPerson, {kRegistered, kAskedToMerge, kGranted})
                .Refusal("persons_merged { person { person_id: 'sok' } survivor { person_id: 'sok' "
                         "} approval_id: 'a' }"),
            "SURVIVOR_UNKNOWN");
  EXPECT_EQ(Given("household/h", {"household_registered { }", kAskedToMerge, kGranted})
                .Refusal("households_merged { survivor_id: 'h' approval_id: 'a' }"),
            "SURVIVOR_UNKNOWN");
}

TEST(PersonRecordTest, ADeathIsRecordedOnce) {
  const std::string died = "person_died { person { person_id: 'sok' } }";
  EXPECT_EQ(
      Given("person/sok", {"person_registered { person { person_id: 'sok' } }"}).Refusal(died), "");
  EXPECT_EQ(Given("person/sok", {died}).Refusal(died), "ALREADY_DIED");
}

TEST(PersonRecordTest, AConsentIsWithdrawnWhileItIsInForce) {
  const std::string given =
      "consent_recorded { person { person_id: 'sok' decision: CONSENT_DECISION_GIVEN "
      "purpose: CONSENT_PURPOSE_PHOTO } }";
  const auto withdrawn = [](const std::string& purpose) {
    return absl::StrCat("consent_withdrawn { person { person_id: 'sok' purpose: CONSENT_PURPOSE_",
                        purpose, " } consent_event_id: 'e1' }");
  };
  EXPECT_EQ(Given("person/sok", {given}).Refusal(withdrawn("PHOTO")), "");
  EXPECT_EQ(Given("person/sok", {given}).Refusal(withdrawn("RESEARCH")),
            "PURPOSE_DIFFERS at consent_withdrawn.person.purpose");
  EXPECT_EQ(Given("person/sok", {given, withdrawn("PHOTO")}).Refusal(withdrawn("PHOTO")),
            "CONSENT_NOT_IN_FORCE");
  EXPECT_EQ(Given("person/sok", {given, withdrawn("PHOTO")})
                .Refusal("entry_voided { voids_event_id: 'e2' reason: 'typo' }"),
            "CONSENT_REFUSED")
      << "nobody takes a withdrawal back alone";
}

TEST(PersonRecordTest, AnOverrideIsApprovedBySomebodyElse) {
  const auto by = [](const std::string& approver) {
    return Given("person/sok", {"person_died { person { person_id: 'sok' } }"})
        .Refusal("consent_overridden { person { person_id: 'sok' } approved_by: '" + approver +
                 "' }");
  };
  EXPECT_EQ(by("staff-dir-1"), "");
  EXPECT_EQ(by("staff-sw-1"), "SAME_PERSON_APPROVED");
}

TEST(PersonRecordTest, ADuplicateIsDismissedWhereOneWasFound) {
  const std::string found =
      "possible_duplicate_found { person { person_id: 'sok' } other { person_id: 'dara' } }";
  const std::string dismissed =
      "possible_duplicate_dismissed { person { person_id: 'sok' } other { person_id: 'dara' } }";
  EXPECT_EQ(Given("person/sok", {found}).Refusal(dismissed), "");
  EXPECT_EQ(Given("person/sok", {found, dismissed}).Refusal(dismissed), "DUPLICATE_UNKNOWN");
  EXPECT_EQ(Given("person/sok", {found, dismissed, found}).Refusal(dismissed), "") << "found anew";
}

TEST(PersonRecordTest, AHoldIsReleasedOnce) {
  const std::string placed = "retention_hold_placed { person { person_id: 'sok' } hold_id: 'h' }";
  const std::string released =
      "retention_hold_released { person { person_id: 'sok' } hold_id: 'h' }";
  EXPECT_EQ(Given("person/sok", {"person_registered { }"}).Refusal(placed), "");
  EXPECT_EQ(Given("person/sok", {placed}).Refusal(released), "");
  EXPECT_EQ(Given("person/sok", {placed}).Refusal(placed), "HOLD_ID_USED");
  EXPECT_EQ(Given("person/sok", {placed, released}).Refusal(released), "HOLD_NOT_OPEN");
}

TEST(PersonRecordTest, AnIdentifierNeedsARecord) {
  const std::string added = "person_identifier_added { person { person_id: 'sok' value: '1' } }";
  EXPECT_EQ(Given("person/sok").Refusal(added), "STREAM_UNKNOWN");
  EXPECT_EQ(Given("person/sok", {added}).Refusal(added), "");
}

}  // namespace
}  // namespace mlup::domain::person_test
