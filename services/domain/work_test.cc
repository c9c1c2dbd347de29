// The rules of work experience: it ends where it began, unless nobody recorded its beginning.
#include "services/domain/work.h"

#include "gtest/gtest.h"

#include "services/domain/rule_test.h"

namespace mlup::domain::work_test {
namespace {

constexpr char kPerson[] = "person/sok";
constexpr char kRegistered[] = "person_registered { person { person_id: 'sok' } }";
constexpr char kStarted[] = "work_experience_started { person { person_id: 'sok' } months: 3 }";
constexpr char kEnded[] = "work_experience_ended { person { person_id: 'sok' } }";
constexpr char kEndedOnly[] =
    "work_experience_ended { person { person_id: 'sok' } start_unknown: true }";

std::string Refusal(const std::vector<std::string>& before, const char* fact = kEnded) {
  return Given(kPerson, {kRegistered}).And(before).Refusal(fact);
}

TEST(WorkExperienceTest, EndsOnlyWhereItBegan) {
  EXPECT_EQ(Refusal({kStarted}), "");
  EXPECT_EQ(Refusal({}), "NOT_STARTED");
  EXPECT_EQ(Refusal({kStarted, kEnded}), "NOT_STARTED");
  EXPECT_EQ(Refusal({kStarted, kStarted, kEnded}), "");
  EXPECT_EQ(Given(kPerson).Refusal(kEnded), "STREAM_UNKNOWN");
}

TEST(WorkExperienceTest, MayEndWithABeginningThatNobodyRecorded) {
  EXPECT_EQ(Refusal({}, kEndedOnly), "");
  EXPECT_EQ(Refusal({kStarted, kEndedOnly}), "");
}

TEST(WorkExperienceTest, AnEndWhoseBeginningWasVoidedFoldsToNothingOpen) {
  EXPECT_EQ(Refusal({kEnded, kStarted}), "");
  EXPECT_EQ(Refusal({kStarted, kEnded, "entry_voided { voids_event_id: 'e2' }"}), "NOT_STARTED");
}

TEST(SkillTest, WhatBeganEndsOnceOrSaysThatItsBeginningIsUnknown) {
  const struct {
    std::string begun;
    std::string ended;
    std::string fields;
  } kinds[] = {
      {"employment_obtained", "employment_ended", ""},
      {"scholarship_awarded", "scholarship_ended", ""},
      {"vocational_training_enrolled", "vocational_training_ended", " trade: 'mechanic'"},
  };
  for (const auto& [begun, ended, fields] : kinds) {
    const std::string person = " { person { person_id: 'sok' }" + fields;
    const std::string begin = begun + person + " }";
    const std::string end = ended + person + " }";
    const std::string unknown = ended + person + " start_unknown: true }";
    EXPECT_EQ(Given("person/sok", {begin}).Refusal(end), "") << end;
    EXPECT_EQ(Given("person/sok", {begin, end}).Refusal(end), "NOT_STARTED") << end;
    EXPECT_EQ(Given("person/sok", {begin, end}).Refusal(unknown), "") << end;
  }
  EXPECT_EQ(Given("person/sok",
                  {"vocational_training_enrolled { person { person_id: 'sok' } trade: 'sewing' }"})
                .Refusal("vocational_training_ended { person { person_id: 'sok' } trade: "
                         "'mechanic' }"),
            "NOT_STARTED")
      << "another trade";
}

TEST(MentorshipTest, AMatchOfTwoEndsOnce) {
  const std::string matched =
      "mentor_matched { mentor { person_id: 'sok' } mentee { person_id: 'dara' } }";
  EXPECT_EQ(Given("mentorship/m").Refusal(matched), "");
  EXPECT_EQ(Given("mentorship/m")
                .Refusal("mentor_matched { mentor { person_id: 'sok' } "
                         "mentee { person_id: 'sok' } }"),
            "SAME_PERSON_MATCHED at mentor_matched.mentee.person_id");
  EXPECT_EQ(Given("mentorship/m", {matched}).Refusal(matched), "STREAM_EXISTS");
  EXPECT_EQ(Given("mentorship/m", {matched}).Refusal("mentor_match_ended { }"), "");
  EXPECT_EQ(
      Given("mentorship/m", {matched, "mentor_match_ended { }"}).Refusal("mentor_match_ended { }"),
      "MATCH_NOT_OPEN");
}

}  // namespace
}  // namespace mlup::domain::work_test
