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

}  // namespace
}  // namespace mlup::domain::work_test
