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

}  // namespace
}  // namespace mlup::domain::organisation_test
