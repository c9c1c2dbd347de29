// The rules of the work on a case: each with a fact that may follow and one that may not.
#include "gtest/gtest.h"

#include "services/domain/case.h"
#include "services/domain/rule_test.h"

namespace mlup::domain::casework_test {
namespace {

constexpr char kCase[] = "case/c";
constexpr char kPerson[] = "person/sok";

const std::string kOpened = "case_opened { child { person_id: 'sok' } owner_org_id: 'mro' }";
const std::string kAssessed =
    "assessment_completed { subject: ASSESSMENT_SUBJECT_CHILD tool: 'needs' }";
const std::string kAccepted = "answer: HANDSHAKE_ANSWER_ACCEPTED";

std::string Plan(int version, const std::string& goals = "goals { goal_id: 'g' }") {
  return absl::StrCat("care_plan_adopted { child { person_id: 'sok' } plan_version: ", version, " ",
                      goals, " }");
}

// What is said to a fact on a case that was opened, after others.
std::string Refusal(std::vector<std::string> before, const std::string& fact) {
  before.insert(before.begin(), {kOpened, kAssessed});
  return Given(kCase, before).Refusal(fact);
}

TEST(CaseworkTest, APlanIsTheNextVersion) {
  EXPECT_EQ(Refusal({}, Plan(1)), "");
  EXPECT_EQ(Refusal({}, Plan(2)), "PLAN_VERSION");
  EXPECT_EQ(Refusal({Plan(1)}, Plan(1)), "PLAN_VERSION");
  EXPECT_EQ(Refusal({Plan(1)}, Plan(2)), "");
  EXPECT_EQ(Refusal({}, Plan(1, "goals { goal_id: 'g' } goals { goal_id: 'g' }")),
            "GOAL_TWICE at care_plan_adopted.goals");
}

TEST(CaseworkTest, AnAssessmentHoldsEachDomainOnceWithAtMostOneReason) {
  const std::string food = "domains { code: 'food_security' score: '2' } ";
  const std::string shelter = "domains { code: 'shelter' } ";
  const auto assessed = [](const std::string& more) {
    return "assessment_completed { subject: ASSESSMENT_SUBJECT_CHILD tool: 'child_status_index' " +
           more + " }";
  };
  const std::string two_reasons = "child { domain_reasons: 'a' domain_reasons: 'b' }";
  EXPECT_EQ(Refusal({}, assessed(food + shelter + two_reasons)), "");
  EXPECT_EQ(Refusal({}, assessed(food + food)), "DOMAIN_TWICE at assessment_completed.domains");
  EXPECT_EQ(Refusal({}, assessed(food + two_reasons)),
            "TOO_MANY_ITEMS at assessment_completed.child.domain_reasons");
}

TEST(CaseworkTest, AGoalOfThePlanInForceEndsOnce) {
  const std::string ended = "goal_ended { child { person_id: 'sok' } goal_id: 'g' }";
  EXPECT_EQ(Refusal({}, ended), "GOAL_NOT_OPEN");
  EXPECT_EQ(Refusal({Plan(1)}, ended), "");
  EXPECT_EQ(Refusal({Plan(1), ended}, ended), "GOAL_NOT_OPEN");
  EXPECT_EQ(Refusal({Plan(1), Plan(2, "goals { goal_id: 'h' }")}, ended), "GOAL_NOT_OPEN")
      << "the next version holds what goes on";
}

TEST(CaseworkTest, ReviewsAndBestInterestsNeedAnOpenCaseAndItsChild) {
  for (const std::string fact : {"case_reviewed", "best_interests_determined"}) {
    EXPECT_EQ(Refusal({}, fact + " { child { person_id: 'sok' } }"), "");
    EXPECT_EQ(Refusal({}, fact + " { child { person_id: 'dara' } }"), "OTHER_CHILD");
    EXPECT_EQ(Given(kCase, {"task_created { }"}).Refusal(fact + " { child { person_id: 'sok' } }"),
              "CASE_NOT_OPEN");
  }
}

TEST(CaseworkTest, AWorkerIsAssignedOnceAtATime) {
  const std::string assigned = "case_worker_assigned { worker_id: 'w' }";
  const std::string unassigned = "case_worker_unassigned { worker_id: 'w' }";
  EXPECT_EQ(Refusal({}, assigned), "");
  EXPECT_EQ(Refusal({assigned}, assigned), "WORKER_ASSIGNED");
  EXPECT_EQ(Refusal({assigned, unassigned}, assigned), "");
  EXPECT_EQ(Refusal({assigned}, unassigned), "");
  EXPECT_EQ(Refusal({}, unassigned), "WORKER_NOT_ASSIGNED");
  EXPECT_EQ(Refusal({assigned, unassigned}, unassigned), "WORKER_NOT_ASSIGNED");
  EXPECT_EQ(Refusal({assigned}, "case_worker_assigned { worker_id: 'v' }"), "") << "a second one";
}

TEST(CaseworkTest, ATaskEndsOnce) {
  const std::string created = "task_created { task_id: 't' }";
  const std::string ended = "task_ended { task_id: 't' result: TASK_RESULT_DONE }";
  EXPECT_EQ(Refusal({}, ended), "TASK_NOT_OPEN");
  EXPECT_EQ(Refusal({created}, ended), "");
  EXPECT_EQ(Refusal({created, ended}, ended), "TASK_NOT_OPEN");
  EXPECT_EQ(Refusal({created, ended}, created), "TASK_ID_USED");
  EXPECT_EQ(Given(kPerson, {created}).Refusal(ended), "") << "on a person's record too";
}

TEST(CaseworkTest, AReferralIsAnsweredOnceAndCompletedWhereItWasAccepted) {
  const std::string made = "referral_made { referral_id: 'r' to_sector: 'rci' }";
  const std::string accepted = "referral_answered { referral_id: 'r' " + kAccepted + " }";
  const std::string rejected =
      "referral_answered { referral_id: 'r' answer: HANDSHAKE_ANSWER_REJECTED }";
  const std::string completed = "referral_completed { referral_id: 'r' }";
  EXPECT_EQ(Refusal({}, accepted), "REFERRAL_NOT_OPEN");
  EXPECT_EQ(Refusal({made}, accepted), "");
  EXPECT_EQ(Refusal({made}, completed), "REFERRAL_NOT_ACCEPTED");
  EXPECT_EQ(Refusal({made, accepted}, rejected), "REFERRAL_NOT_OPEN");
  EXPECT_EQ(Refusal({made, accepted}, completed), "");
  EXPECT_EQ(Refusal({made, rejected}, completed), "REFERRAL_NOT_ACCEPTED");
  EXPECT_EQ(Refusal({made, accepted, completed}, completed), "REFERRAL_NOT_ACCEPTED");
  EXPECT_EQ(Refusal({made}, made), "REFERRAL_ID_USED");
}

TEST(CaseworkTest, ATransferNeedsAConsentOrAnOverrideWhenItIsOffered) {
  const std::string offered =
      "transfer_offered { child { person_id: 'sok' } transfer_id: 't' consent_event_id: 'e2' }";
  const std::string consent =
      "consent_recorded { person { person_id: 'sok' decision: CONSENT_DECISION_GIVEN "
      "purpose: CONSENT_PURPOSE_SHARE_WITH_NGO } }";
  const std::string overridden =
      "consent_overridden { person { person_id: 'sok' purpose: CONSENT_PURPOSE_SHARE_WITH_NGO } }";
  const std::string other =
      "consent_overridden { person { person_id: 'sok' purpose: CONSENT_PURPOSE_PHOTO } }";
  const std::string withdrawn =
      "consent_withdrawn { person { person_id: 'sok' } consent_event_id: 'e2' }";
  EXPECT_EQ(Given(kCase, {kOpened}).Refusal(offered), "CONSENT_MISSING");
  EXPECT_EQ(Given(kCase, {kOpened}).And(kPerson, {consent}).Refusal(offered), "");
  EXPECT_EQ(Given(kCase, {kOpened}).And(kPerson, {overridden}).Refusal(offered), "");
  EXPECT_EQ(Given(kCase, {kOpened}).And(kPerson, {other}).Refusal(offered), "CONSENT_MISSING");
  EXPECT_EQ(Given(kCase, {kOpened}).And(kPerson, {consent, withdrawn}).Refusal(offered),
            "CONSENT_MISSING");
  EXPECT_EQ(Given(kCase, {kOpened})
                .And(kPerson, {consent})
                .And(kCase, {"transfer_offered { transfer_id: 's' }"})
                .Refusal(offered),
            "TRANSFER_OPEN");
}

TEST(CaseworkTest, ATransferIsAnsweredOnceAndEndsTheCaseWhereItIsAccepted) {
  const std::string offered = "transfer_offered { transfer_id: 't' }";
  const std::string accepted = "transfer_answered { transfer_id: 't' " + kAccepted + " }";
  const std::string revoked =
      "transfer_answered { transfer_id: 't' answer: HANDSHAKE_ANSWER_REVOKED }";
  EXPECT_EQ(Refusal({}, accepted), "TRANSFER_NOT_OPEN");
  EXPECT_EQ(Refusal({offered}, accepted), "");
  EXPECT_EQ(Refusal({offered, revoked}, accepted), "TRANSFER_NOT_OPEN");
  EXPECT_EQ(Refusal({offered, revoked}, "service_provided { }"), "");
  EXPECT_EQ(Refusal({offered, accepted}, "service_provided { }"), "CASE_NOT_OPEN");
}

TEST(CaseworkTest, CasesMergeWithAnApprovalAndPartAgain) {
  const std::string asked =
      "approval_requested { approval_id: 'a' subject: APPROVAL_SUBJECT_MERGE }";
  const std::string granted = "approval_granted { approval_id: 'a' }";
  const std::string merged =
      "cases_merged { child { person_id: 'sok' } survivor_id: 'd' approval_id: 'a' }";
  const std::string unmerged = "cases_unmerged { child { person_id: 'sok' } merge_event_id: 'e5' }";
  const auto with_other = [](const std::vector<std::string>& facts) {
    return Given(kCase, {kOpened}).And("case/d", {kOpened}).And(kCase, facts);
  };
  EXPECT_EQ(with_other({asked, granted}).Refusal(merged), "");
  EXPECT_EQ(with_other({asked}).Refusal(merged), "APPROVAL_MISSING");
  EXPECT_EQ(Given(kCase, {kOpened, asked, granted}).Refusal(merged), "SURVIVOR_UNKNOWN");
  EXPECT_EQ(with_other({asked, granted, merged}).Refusal(merged), "ALREADY_MERGED");
  EXPECT_EQ(with_other({asked, granted, merged}).Refusal("service_provided { }"), "CASE_NOT_OPEN");
  EXPECT_EQ(with_other({asked, granted, merged}).Refusal(unmerged), "");
  EXPECT_EQ(with_other({asked, granted}).Refusal(unmerged), "NOT_MERGED");
  EXPECT_EQ(with_other({asked, granted, merged, unmerged}).Refusal("service_provided { }"), "");
}

TEST(CaseworkTest, ACaseJoinsAGroupOnce) {
  const std::string formed = "case_group_formed { case_ids: 'a' }";
  EXPECT_EQ(Given("case_group/g", {formed}).Refusal("case_group_member_added { case_id: 'b' }"),
            "");
  EXPECT_EQ(Given("case_group/g", {formed}).Refusal("case_group_member_added { case_id: 'a' }"),
            "ALREADY_MEMBER");
}

TEST(CaseworkTest, ASafeguardingConcernNeedsNoRecordBefore) {
  const std::string concern = "safeguarding_concern_reported { children { person_id: 'sok' } }";
  EXPECT_EQ(Given("incident/i").Refusal(concern), "");
  EXPECT_EQ(Given(kPerson).Refusal(concern), "STREAM_CATEGORY at stream");
}

TEST(CaseworkTest, ADocumentIsDetachedOnce) {
  const std::string attached = "document_attached { doc_type: 'photo' }";
  const std::string detached = "document_detached { detaches_event_id: 'e2' }";
  EXPECT_EQ(Given(kCase, {kOpened, attached}).Refusal(detached), "");
  EXPECT_EQ(Given(kCase, {kOpened, attached, detached}).Refusal(detached), "DOCUMENT_NOT_ATTACHED");
  EXPECT_EQ(Given(kCase, {kOpened, kAssessed}).Refusal(detached), "DOCUMENT_NOT_ATTACHED");
}

}  // namespace
}  // namespace mlup::domain::casework_test
