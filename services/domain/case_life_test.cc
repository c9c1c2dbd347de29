// The life of a case and of a foster family: from which state which fact leads where, and what a
// refusal says may be done instead.
#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/domain/case.h"
#include "services/domain/case_state.h"
#include "services/domain/rule_test.h"

namespace mlup::domain::case_life_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kCase[] = "case/c";

const std::string kConcern = "concern_received { child { person_id: 'sok' } }";
const std::string kOpened = "case_opened { child { person_id: 'sok' } owner_org_id: 'mro' }";
const std::string kAssessed =
    "assessment_completed { subject: ASSESSMENT_SUBJECT_CHILD tool: 'needs' }";
const std::string kPlanned =
    "care_plan_adopted { child { person_id: 'sok' } plan_version: 1 goals { goal_id: 'g' } }";
const std::string kService = "service_provided { }";
const std::string kAsked =
    "approval_requested { approval_id: 'a' subject: APPROVAL_SUBJECT_CLOSURE }";
const std::string kGranted = "approval_granted { approval_id: 'a' }";
const std::string kRejected = "approval_rejected { approval_id: 'a' }";
const std::string kClosed = "case_closed { child { person_id: 'sok' } approval_id: 'a' }";
const std::string kReopened = "case_reopened { child { person_id: 'sok' } }";
const std::string kScreenedOut = "case_screened_out { child { person_id: 'sok' } }";
const std::string kOffered = "transfer_offered { child { person_id: 'sok' } transfer_id: 't' }";
const std::string kAccepted =
    "transfer_answered { transfer_id: 't' answer: HANDSHAKE_ANSWER_ACCEPTED }";
const std::string kDeclined =
    "transfer_answered { transfer_id: 't' answer: HANDSHAKE_ANSWER_REJECTED }";
const std::string kMerged = "cases_merged { child { person_id: 'sok' } survivor_id: 'd' }";
const std::string kUnmerged = "cases_unmerged { child { person_id: 'sok' } }";

std::string StateAfter(const std::vector<std::string>& facts) {
  const Records records = Given(kCase, facts);
  const auto history = records.Of(kCase);
  const auto& state = *static_cast<const CaseState*>(history->StateOf(Case()));
  return std::string(CaseLife().states.at(static_cast<std::size_t>(state.life.now)));
}

TEST(CaseLifeTest, AConcernMayBeginARecordAndComeAgain) {
  EXPECT_EQ(Given(kCase).Refusal(kConcern), "");
  EXPECT_EQ(Given(kCase, {kConcern}).Refusal(kConcern), "");
  EXPECT_EQ(Given(kCase, {kOpened, kMerged}).Refusal(kConcern), "CASE_NOT_OPEN");
}

TEST(CaseLifeTest, AStateFollowsFromTheFacts) {
  const struct {
    std::vector<std::string> facts;
    std::string state;
  } lives[] = {
      {{}, "not open"},
      {{kConcern}, "received"},
      {{kConcern, kScreenedOut}, "screened out"},
      {{kConcern, kOpened}, "open"},
      {{kOpened, kService}, "open"},
      {{kOpened, "assessment_completed { subject: ASSESSMENT_SUBJECT_HOUSEHOLD }"}, "open"},
      {{kOpened, kAssessed}, "assessed"},
      {{kOpened, kAssessed, kService}, "assessed"},
      {{kOpened, kAssessed, kPlanned}, "planned"},
      {{kOpened, kAssessed, kPlanned, kService}, "in service"},
      {{kOpened, kAssessed, kAsked}, "waiting for an approval to close it"},
      {{kOpened, kAssessed, kAsked, kRejected}, "assessed"},
      {{kOpened, kAsked, kGranted, kClosed}, "closed"},
      {{kOpened, kAsked, kGranted, kClosed, kReopened}, "open"},
      {{kOpened, kOffered, kDeclined}, "open"},
      {{kOpened, kOffered, kAccepted}, "transferred"},
      {{kOpened, kAssessed, kMerged}, "merged into another"},
      {{kOpened, kAssessed, kMerged, kUnmerged}, "assessed"},
      {{kOpened, kAssessed, kAsked, kMerged, kUnmerged, kRejected}, "assessed"},
      {{kOpened, kAssessed, "entry_voided { voids_event_id: 'e2' }"}, "open"},
      {{kOpened, kClosed, "entry_voided { voids_event_id: 'e1' }"}, "closed"},
  };
  for (const auto& [facts, state] : lives) {
    EXPECT_EQ(StateAfter(facts), state) << testing::PrintToString(facts);
  }
}

TEST(CaseLifeTest, ARefusalSaysWhatMayBeDoneNow) {
  EXPECT_THAT(Given(kCase, {kOpened, kAsked, kGranted, kClosed}).Answer(kCase, kService).message(),
              HasSubstr("the case is closed: now may be recorded: concern_received, "
                        "follow_up_conducted, case_reopened"));
  EXPECT_THAT(Given(kCase, {kConcern, kScreenedOut}).Answer(kCase, kOpened).message(),
              HasSubstr("the case is screened out"));
  EXPECT_THAT(Given(kCase, {kOpened, kOffered, kAccepted}).Answer(kCase, kReopened).message(),
              HasSubstr("the case is transferred: nothing more is recorded on it"));
}

TEST(CaseLifeTest, AConcernIsScreenedOutOnceAndBeforeItIsACase) {
  EXPECT_EQ(Given(kCase, {kConcern}).Refusal(kScreenedOut), "");
  EXPECT_EQ(Given(kCase, {kConcern, kScreenedOut}).Refusal(kScreenedOut), "CASE_NOT_OPEN");
  EXPECT_EQ(Given(kCase, {kOpened}).Refusal(kScreenedOut), "CASE_NOT_OPEN");
}

TEST(CaseLifeTest, APlanNeedsAnAssessment) {
  EXPECT_EQ(Given(kCase, {kOpened}).Refusal(kPlanned), "CASE_NOT_OPEN");
  EXPECT_EQ(Given(kCase, {kOpened, kAssessed}).Refusal(kPlanned), "");
}

TEST(CaseLifeTest, TheTableInWords) {
  const LifeText text = CaseLife().Describe();
  EXPECT_EQ(text.states.size(), 11u);
  const auto line = std::find_if(text.lines.begin(), text.lines.end(),
                                 [](const auto& one) { return one.fact == "case_screened_out"; });
  ASSERT_NE(line, text.lines.end());
  EXPECT_THAT(line->from, ElementsAre(static_cast<int>(kCaseReceived)));
  EXPECT_EQ(line->to, "screened out");
}

}  // namespace
}  // namespace mlup::domain::case_life_test
