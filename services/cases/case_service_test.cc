// The case service through its handler: a child's story, start to end.
#include "services/cases/case_service.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/command/test_world.h"

namespace mlup::cases {
namespace {

using command::ContextText;
using command::FromText;

constexpr char kSok[] = "018f3c6e-0000-7000-8000-000000000001";
constexpr char kDara[] = "018f3c6e-0000-7000-8000-000000000002";
constexpr char kCase[] = "018f3c6e-0000-7000-8000-00000000000c";
constexpr char kOrg[] = "018f3c6e-0000-7000-8000-00000000000d";
constexpr char kApproval[] = "018f3c6e-0000-7000-8000-0000000000aa";

class CaseServiceTest : public testing::Test {
 protected:
  // A request on `case/<kCase>` or another stream; its number is its request id.
  template <typename Request>
  Request Make(const std::string& body, const std::string& stream = absl::StrCat("case/", kCase),
               const char* actor = "staff-sw-1") {
    return FromText<Request>(absl::StrCat(
        "context { ", ContextText(absl::StrCat("r-", ++requests_), "2021-02-17", actor),
        " } stream: '", stream, "' ", body));
  }
  std::string Child(const char* id = kSok) {
    return absl::StrCat("child { person_id: '", id, "' } ");
  }

  pb::RecordRequest Registration(const char* id) {
    return Make<pb::RecordRequest>(
        absl::StrCat("person_registered { person { person_id: '", id,
                     "' sex: SEX_UNKNOWN residence_province_code: '02' } }"),
        absl::StrCat("person/", id));
  }
  pb::OpenCaseRequest Opening() {
    return Make<pb::OpenCaseRequest>(
        absl::StrCat("case_opened { ", Child(),
                     " case_type: CASE_TYPE_CHILD_PROTECTION owner_org_id: '", kOrg, "' }"));
  }
  pb::CloseCaseRequest Closing() {
    return Make<pb::CloseCaseRequest>(absl::StrCat("case_closed { ", Child(), " approval_id: '",
                                                   kApproval,
                                                   "' reason: CLOSE_REASON_GOALS_MET }"));
  }
  template <typename Result>
  static std::string Reason(const Result& result) {
    return result.ok() ? "" : ErrorReason(result.status());
  }
  void Approve(const char* subject, const std::string& stream) {
    ASSERT_EQ(Reason(service_.RequestApproval(Make<pb::RequestApprovalRequest>(
                  absl::StrCat("approval_requested { approval_id: '", kApproval,
                               "' subject: ", subject, " }"),
                  stream))),
              "");
    ASSERT_EQ(Reason(service_.GrantApproval(Make<pb::GrantApprovalRequest>(
                  absl::StrCat("approval_granted { approval_id: '", kApproval, "' }"), stream,
                  "staff-sw-2"))),
              "");
  }

  int requests_ = 0;
  command::TestWorld world_;
  CaseService service_{world_.commands()};
};

TEST_F(CaseServiceTest, ACaseIsOpenedClosedByApprovalAndReopened) {
  ASSERT_EQ(Reason(service_.OpenCase(Opening())), "");
  EXPECT_EQ(Reason(service_.CloseCase(Closing())), "APPROVAL_MISSING");
  Approve("APPROVAL_SUBJECT_CLOSURE", absl::StrCat("case/", kCase));
  ASSERT_EQ(Reason(service_.CloseCase(Closing())), "");
  EXPECT_EQ(Reason(service_.CloseCase(Closing())), "CASE_NOT_OPEN");
  ASSERT_EQ(Reason(service_.ReopenCase(Make<pb::ReopenCaseRequest>(
                absl::StrCat("case_reopened { ", Child(), " reason: 'new_concern' }")))),
            "");
}

TEST_F(CaseServiceTest, AVoidedClosureLeavesTheCaseOpen) {
  ASSERT_EQ(Reason(service_.OpenCase(Opening())), "");
  Approve("APPROVAL_SUBJECT_CLOSURE", absl::StrCat("case/", kCase));
  const auto closed = service_.CloseCase(Closing());
  ASSERT_EQ(Reason(closed), "");
  ASSERT_EQ(
      Reason(service_.VoidEntry(Make<pb::VoidEntryRequest>(absl::StrCat(
          "entry_voided { voids_event_id: '", closed->event_ids(0), "' reason: 'wrong_case' }")))),
      "");
  EXPECT_EQ(Reason(service_.CloseCase(Closing())), "");
}

TEST_F(CaseServiceTest, AMergeReadsTheSurvivorAndIsUndone) {
  const auto merge = [this] {
    return service_.MergePersons(Make<pb::MergePersonsRequest>(
        absl::StrCat("persons_merged { person { person_id: '", kDara, "' } survivor { person_id: '",
                     kSok, "' } approval_id: '", kApproval, "' }"),
        absl::StrCat("person/", kDara)));
  };
  ASSERT_EQ(Reason(service_.Record(Registration(kDara))), "");
  Approve("APPROVAL_SUBJECT_MERGE", absl::StrCat("person/", kDara));
  EXPECT_EQ(Reason(merge()), "SURVIVOR_UNKNOWN");
  ASSERT_EQ(Reason(service_.Record(Registration(kSok))), "");
  const auto merged = merge();
  ASSERT_EQ(Reason(merged), "");
  EXPECT_EQ(Reason(merge()), "ALREADY_MERGED");
  // Each person's id stands in that person's own part only.
  const auto event = world_.Records().back().event();
  ASSERT_EQ(event.subjects_size(), 2);
  EXPECT_THAT(event.subjects(0).clear(), testing::Not(testing::HasSubstr(kSok)));
  ASSERT_EQ(
      Reason(service_.UnmergePersons(Make<pb::UnmergePersonsRequest>(
          absl::StrCat("persons_unmerged { person { person_id: '", kDara, "' } merge_event_id: '",
                       merged->event_ids(0), "' reason: 'two_persons_after_all' }"),
          absl::StrCat("person/", kDara)))),
      "");
}

TEST_F(CaseServiceTest, AReferralReadsTheConsentOnThePersonsStream) {
  ASSERT_EQ(Reason(service_.OpenCase(Opening())), "");
  ASSERT_EQ(Reason(service_.Record(Registration(kSok))), "");
  const auto refer = [this](const std::string& consent) {
    return Reason(service_.MakeReferral(Make<pb::MakeReferralRequest>(
        absl::StrCat("referral_made { referral_id: '", kApproval, "' person { person_id: '", kSok,
                     "' } to_org_id: '", kOrg, "' consent_event_id: '", consent, "' }"))));
  };
  EXPECT_EQ(refer(kApproval), "CONSENT_MISSING");
  const auto consent = service_.Record(
      Make<pb::RecordRequest>(absl::StrCat("consent_recorded { person { person_id: '", kSok,
                                           "' decision: CONSENT_DECISION_GIVEN "
                                           "purpose: CONSENT_PURPOSE_SHARE_WITH_NGO given_by: "
                                           "'mother' } wording_version: '2020-1' }"),
                              absl::StrCat("person/", kSok)));
  ASSERT_EQ(Reason(consent), "");
  EXPECT_EQ(refer(consent->event_ids(0)), "");
}

}  // namespace
}  // namespace mlup::cases
