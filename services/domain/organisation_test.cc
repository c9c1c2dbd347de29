// The rules of an organisation: partnerships and context periods end where they began.
#include "services/domain/organisation.h"

#include "gtest/gtest.h"

#include "services/domain/rule_test.h"

namespace mlup::domain::organisation_test {
namespace {

constexpr char kOrganisation[] = "organisation/o";
constexpr char kRegistered[] = "organisation_registered { names: 'Example Centre' }";

TEST(OrganisationTest, APartnershipStandsOnARegisteredOrganisation) {
  const std::string agreed = "partnership_agreed { kind: PARTNERSHIP_KIND_RCI_PARTNER }";
  EXPECT_EQ(Given(kOrganisation).Refusal(agreed), "STREAM_UNKNOWN");
  EXPECT_EQ(Given(kOrganisation, {kRegistered}).Refusal(kRegistered), "STREAM_EXISTS");
  EXPECT_EQ(Given(kOrganisation, {kRegistered}).Refusal(agreed), "");
}

TEST(OrganisationTest, APartnershipEndsOnlyWhereItBegan) {
  const std::string agreed = "partnership_agreed { kind: PARTNERSHIP_KIND_RCI_PARTNER }";
  const std::string ended = "partnership_ended { kind: PARTNERSHIP_KIND_RCI_PARTNER }";
  const auto refusal = [&](const std::vector<std::string>& events) {
    return Given(kOrganisation, {kRegistered}).And(events).Refusal(ended);
  };
  EXPECT_EQ(refusal({agreed}), "");
  EXPECT_EQ(refusal({agreed, ended, agreed}), "");
  EXPECT_EQ(refusal({}), "NOT_PARTNER");
  EXPECT_EQ(refusal({"partnership_agreed { kind: PARTNERSHIP_KIND_SERVICE_PARTNER }"}),
            "NOT_PARTNER");
  EXPECT_EQ(refusal({agreed, agreed, ended}), "NOT_PARTNER");
}

TEST(OrganisationTest, AContextPeriodEndsOnlyWhereItBegan) {
  const std::string started = "context_period_started { context_id: 'c' name: 'lockdown' }";
  const std::string ended = "context_period_ended { context_id: 'c' }";
  const auto refusal = [&](const std::vector<std::string>& events) {
    return Given(kOrganisation, {kRegistered}).And(events).Refusal(ended);
  };
  EXPECT_EQ(refusal({started}), "");
  EXPECT_EQ(refusal({}), "NOT_STARTED");
  EXPECT_EQ(refusal({"context_period_started { context_id: 'd' }"}), "NOT_STARTED");
  EXPECT_EQ(refusal({started, ended}), "NOT_STARTED");
}

TEST(OrganisationTest, StagesOfATransitionGoForward) {
  const auto stage = [](const std::string& name) {
    return "rci_transition_stage_reached { stage: TRANSITION_STAGE_" + name + " }";
  };
  const auto refusal = [&stage](const std::vector<std::string>& before, const std::string& next) {
    std::vector<std::string> facts = {"organisation_registered { }"};
    for (const std::string& name : before) facts.push_back(stage(name));
    return Given("organisation/o", facts).Refusal(stage(next));
  };
  EXPECT_EQ(refusal({}, "STARTED"), "");
  EXPECT_EQ(refusal({}, "MILESTONE"), "STAGE_NOT_NEXT");
  EXPECT_EQ(refusal({"STARTED"}, "STARTED"), "STAGE_NOT_NEXT");
  EXPECT_EQ(refusal({"STARTED"}, "MILESTONE"), "");
  EXPECT_EQ(refusal({"STARTED", "MILESTONE"}, "MILESTONE"), "");
  EXPECT_EQ(refusal({"STARTED"}, "COMPLETED"), "");
  EXPECT_EQ(refusal({"STARTED", "COMPLETED"}, "MILESTONE"), "STAGE_NOT_NEXT");
}

TEST(OrganisationTest, ClosesOnceAndMergesWithAnApproval) {
  const std::string registered = "organisation_registered { }";
  const std::string closed = "organisation_closed { }";
  EXPECT_EQ(Given("organisation/o", {registered}).Refusal(closed), "");
  EXPECT_EQ(Given("organisation/o", {registered, closed}).Refusal(closed), "ALREADY_CLOSED");
  const std::string asked =
      "approval_requested { approval_id: 'a' subject: APPROVAL_SUBJECT_MERGE }";
  const std::string granted = "approval_granted { approval_id: 'a' }";
  const std::string merged = "organisations_merged { survivor_id: 'p' approval_id: 'a' }";
  const auto with_other = [&registered](const std::vector<std::string>& facts) {
    return Given("organisation/o", {registered})
        .And("organisation/p", {registered})
        .And("organisation/o", facts);
  };
  EXPECT_EQ(with_other({asked, granted}).Refusal(merged), "");
  EXPECT_EQ(with_other({asked}).Refusal(merged), "APPROVAL_MISSING");
  EXPECT_EQ(with_other({asked, granted, merged})
                .Refusal("organisations_unmerged { merge_event_id: 'e5' }"),
            "");
  EXPECT_EQ(with_other({}).Refusal("organisations_unmerged { merge_event_id: 'e1' }"),
            "NOT_MERGED");
}

}  // namespace
}  // namespace mlup::domain::organisation_test
