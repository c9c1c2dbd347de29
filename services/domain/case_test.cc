// The rules of a case: given what happened, which fact may come next.
#include "services/domain/case.h"

#include "gtest/gtest.h"

#include "services/domain/rule_test.h"

namespace mlup::domain::case_test {
namespace {

constexpr char kCase[] = "case/c";
constexpr char kPerson[] = "person/sok";

constexpr char kOpened[] = "case_opened { child { person_id: 'sok' } owner_org_id: 'mro' }";
constexpr char kSupported[] =
    "case_opened { child { person_id: 'sok' } owner_org_id: 'rci' supported_by_org_id: 'mro' }";
constexpr char kAsked[] =
    "approval_requested { approval_id: 'a' subject: APPROVAL_SUBJECT_CLOSURE }";
constexpr char kGranted[] = "approval_granted { approval_id: 'a' }";
constexpr char kClosed[] = "case_closed { child { person_id: 'sok' } approval_id: 'a' }";
constexpr char kClosedByOthers[] = "case_closed { child { person_id: 'sok' } }";
constexpr char kReopened[] = "case_reopened { child { person_id: 'sok' } }";
constexpr char kPlaced[] = "placement_started { placement_id: 'p' child { person_id: 'sok' } }";
constexpr char kPlacedAgain[] =
    "placement_started { placement_id: 'q' child { person_id: 'sok' } }";
constexpr char kPlacementEnded[] =
    "placement_ended { placement_id: 'p' child { person_id: 'sok' } }";
constexpr char kAftercare[] = "follow_up_conducted { followup_type: FOLLOW_UP_TYPE_AFTERCARE }";
// A fact that no rule follows.
constexpr char kTask[] = "task_created { }";

TEST(CaseTest, ACaseIsOpenedOnce) {
  const struct {
    std::vector<std::string> before;
    std::string refusal;
  } cases[] = {
      {{}, ""},
      {{"concern_received { child { person_id: 'sok' } }"}, ""},
      {{kOpened}, "CASE_ALREADY_OPEN"},
      {{kOpened, kAsked, kGranted, kClosed}, "CASE_ALREADY_OPEN"},
      {{"concern_received { child { person_id: 'dara' } }"}, "OTHER_CHILD"},
  };
  for (const auto& [before, refusal] : cases) {
    EXPECT_EQ(Given(kCase, before).Refusal(kOpened), refusal) << testing::PrintToString(before);
  }
}

TEST(CaseTest, ClosingNeedsAGrantedApproval) {
  const std::string other_subject =
      "approval_requested { approval_id: 'a' subject: APPROVAL_SUBJECT_CARE_PLAN }";
  const struct {
    std::vector<std::string> before;
    std::string refusal;
  } cases[] = {
      {{kOpened}, "APPROVAL_MISSING"},
      {{kOpened, kAsked}, "APPROVAL_MISSING"},
      {{kOpened, kAsked, "approval_rejected { approval_id: 'a' }"}, "APPROVAL_MISSING"},
      {{kOpened, other_subject, kGranted}, "APPROVAL_MISSING"},
      {{kOpened, kGranted}, "APPROVAL_MISSING"},
      {{kOpened, kAsked, kGranted}, ""},
  };
  for (const auto& [before, refusal] : cases) {
    EXPECT_EQ(Given(kCase, before).Refusal(kClosed), refusal) << testing::PrintToString(before);
  }
}

TEST(CaseTest, ACaseOfAnotherOrganisationClosesWithoutOurApproval) {
  EXPECT_EQ(Given(kCase, {kSupported}).Refusal(kClosedByOthers), "");
  EXPECT_EQ(Given(kCase, {kSupported, kClosedByOthers, kReopened}).Refusal(kClosedByOthers), "");
  EXPECT_EQ(Given(kCase, {kSupported}).Refusal(kClosed), "APPROVAL_MISSING");
  EXPECT_EQ(Given(kCase, {kOpened}).Refusal(kClosedByOthers), "APPROVAL_MISSING");
}

TEST(CaseTest, ClosingAClosedCaseIsRefused) {
  EXPECT_EQ(Given(kCase).Refusal(kClosed), "STREAM_UNKNOWN");
  EXPECT_EQ(Given(kCase, {kTask}).Refusal(kClosed), "CASE_NOT_OPEN");
  EXPECT_EQ(Given(kCase, {kOpened, kAsked, kGranted, kClosed}).Refusal(kClosed), "CASE_NOT_OPEN");
}

TEST(CaseTest, AnApprovalClosesOnce) {
  EXPECT_EQ(Given(kCase, {kOpened, kAsked, kGranted, kClosed, kReopened}).Refusal(kClosed),
            "APPROVAL_MISSING");
  EXPECT_EQ(Given(kCase, {kOpened, kAsked, kGranted, kClosed, kReopened,
                          "entry_voided { voids_event_id: 'e4' }"})
                .Refusal(kClosed),
            "")
      << "a closing that was voided used nothing up";
}

TEST(CaseTest, TheChildNamedIsTheChildOfTheCase) {
  const Records open = Given(kCase, {kOpened, kAsked, kGranted, kPlaced});
  for (const std::string fact :
       {"case_closed { child { person_id: 'dara' } approval_id: 'a' }",
        "service_provided { recipient: SERVICE_RECIPIENT_CHILD person { person_id: 'dara' } }",
        "assessment_completed { child { person_id: 'dara' } }",
        "placement_started { child { person_id: 'dara' } }",
        "placement_ended { placement_id: 'p' child { person_id: 'dara' } }",
        "concern_received { child { person_id: 'dara' } }"}) {
    EXPECT_EQ(open.Refusal(fact), "OTHER_CHILD") << fact;
  }
  EXPECT_EQ(
      Given(kCase, {kOpened, kClosed}).Refusal("case_reopened { child { person_id: 'dara' } }"),
      "OTHER_CHILD");
  EXPECT_EQ(open.Refusal("service_provided { recipient: SERVICE_RECIPIENT_CAREGIVER "
                         "person { person_id: 'dara' } }"),
            "")
      << "a caregiver is not the child";
}

TEST(CaseTest, OnlyAClosedCaseIsReopened) {
  EXPECT_EQ(Given(kCase).Refusal(kReopened), "STREAM_UNKNOWN");
  EXPECT_EQ(Given(kCase, {kTask}).Refusal(kReopened), "CASE_NOT_CLOSED");
  EXPECT_EQ(Given(kCase, {kOpened}).Refusal(kReopened), "CASE_NOT_CLOSED");
  EXPECT_EQ(Given(kCase, {kOpened, kClosed}).Refusal(kReopened), "");
  EXPECT_EQ(Given(kCase, {kOpened, kClosed, kReopened}).Refusal(kReopened), "CASE_NOT_CLOSED");
}

TEST(CaseTest, WorkNeedsAnOpenCaseButAftercareDoesNot) {
  const std::string in_care = "follow_up_conducted { followup_type: FOLLOW_UP_TYPE_IN_CARE }";
  const std::string refer = "referral_made { to_sector: 'rci' }";
  for (const Records& not_open : {Given(kCase, {kTask}), Given(kCase, {kOpened, kClosed})}) {
    for (const std::string& fact :
         {std::string("service_provided { }"), std::string("assessment_completed { }"), in_care,
          refer, std::string("placement_started { }")}) {
      EXPECT_EQ(not_open.Refusal(fact), "CASE_NOT_OPEN") << fact;
    }
  }
  for (const std::string& fact : {std::string("service_provided { }"),
                                  std::string("assessment_completed { }"), in_care, refer}) {
    EXPECT_EQ(Given(kCase).Refusal(fact), "CASE_NOT_OPEN") << fact;
    EXPECT_EQ(Given(kCase, {kOpened}).Refusal(fact), "") << fact;
  }
  EXPECT_EQ(Given(kCase, {kOpened, kClosed}).Refusal(kAftercare), "");
  EXPECT_EQ(Given(kCase).Refusal(kAftercare), "CASE_NOT_OPEN");
}

TEST(CaseTest, OtherStreamsTakeWorkWithoutACase) {
  EXPECT_EQ(Given("household/h").Refusal("service_provided { }"), "");
  EXPECT_EQ(Given("organisation/o").Refusal("assessment_completed { }"), "");
  EXPECT_EQ(Given(kPerson).Refusal("follow_up_conducted { }"), "");
  EXPECT_EQ(
      Given(kPerson).Refusal("referral_made { person { person_id: 'sok' } to_sector: 'rci' }"), "");
}

TEST(CaseTest, AReferralOutsideNeedsAConsentInForce) {
  const std::string refer =
      "referral_made { person { person_id: 'sok' } to_org_id: 'o' consent_event_id: 'e2' }";
  const std::string yes =
      "decision: CONSENT_DECISION_GIVEN purpose: CONSENT_PURPOSE_SHARE_WITH_NGO ";
  const std::string no =
      "decision: CONSENT_DECISION_REFUSED purpose: CONSENT_PURPOSE_SHARE_WITH_NGO";
  const auto consent = [](const std::string& fields, const char* person = "sok") {
    return absl::StrCat("consent_recorded { person { person_id: '", person, "' ", fields, " } }");
  };
  const struct {
    std::vector<std::string> consents;
    std::string refusal;
  } cases[] = {
      {{consent(yes)}, ""},
      {{consent("decision: CONSENT_DECISION_GIVEN purpose: CONSENT_PURPOSE_SERVICE")}, ""},
      {{consent("decision: CONSENT_DECISION_GIVEN purpose: CONSENT_PURPOSE_SHARE_WITH_GOVERNMENT")},
       ""},
      {{consent(yes + "valid_until: '2021-03-01'")}, ""},
      {{consent(yes + "valid_until: '2021-02-28'")}, "CONSENT_MISSING"},
      {{consent(no)}, "CONSENT_MISSING"},
      {{consent("decision: CONSENT_DECISION_GIVEN purpose: CONSENT_PURPOSE_PHOTO")},
       "CONSENT_MISSING"},
      {{consent(yes), consent(no)}, "CONSENT_MISSING"},
      {{consent(yes), "entry_voided { voids_event_id: 'e2' }"}, "CONSENT_MISSING"},
      {{consent(yes, "dara")}, "CONSENT_MISSING"},
      {{}, "CONSENT_MISSING"},
  };
  for (const auto& [consents, refusal] : cases) {
    EXPECT_EQ(Given(kCase, {kOpened}).And(kPerson, consents).Refusal(refer), refusal)
        << testing::PrintToString(consents);
  }
  EXPECT_EQ(Given("case/other", {kTask}).And(kPerson, {consent(yes)}).Refusal(kPerson, refer), "")
      << "on the person's own stream too";
  EXPECT_EQ(Given(kCase, {kOpened}).Refusal("referral_made { }"),
            "FIELD_REQUIRED at referral_made.to_org_id");
}

TEST(CaseTest, AChildIsInOnePlacementAtATime) {
  EXPECT_EQ(Given(kCase, {kOpened}).Refusal(kPlacedAgain), "");
  EXPECT_EQ(Given(kCase, {kOpened, kPlaced}).Refusal(kPlacedAgain), "PLACEMENT_OPEN");
  EXPECT_EQ(Given(kCase, {kOpened, kPlaced}).Refusal(kPlacementEnded), "");
  EXPECT_EQ(Given(kCase, {kOpened}).Refusal(kPlacementEnded), "PLACEMENT_NOT_OPEN");
  EXPECT_EQ(Given(kCase, {kOpened, kPlaced}).Refusal("placement_ended { placement_id: 'q' }"),
            "PLACEMENT_NOT_OPEN");
  EXPECT_EQ(Given(kCase, {kOpened, kPlaced, kPlacementEnded}).Refusal(kPlacedAgain), "");
  EXPECT_EQ(Given(kCase, {kOpened})
                .Refusal("placement_started { care_type: CARE_TYPE_KINSHIP "
                         "foster_kind: FOSTER_KIND_EMERGENCY }"),
            "FOSTER_KIND_MISPLACED at placement_started.foster_kind");
}

}  // namespace
}  // namespace mlup::domain::case_test
