// The rules of an account.
#include "services/domain/account.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/uuid.h"
#include "services/domain/rule_test.h"

namespace mlup::domain::account_test {
namespace {

const std::string& Stream() {
  static const auto& stream = *new std::string(AccountStream("staff-sw-2"));
  return stream;
}

std::string Opened(const std::string& actor = "staff-sw-2") {
  return absl::StrCat("account_opened { actor_id: '", actor, "' holder { account_id: '",
                      std::string(RecordIdOf(Stream())), "' display_name: 'Sokha' } }");
}

std::string Granted(const std::string& more = "scope: GRANT_SCOPE_ALL",
                    const std::string& id = "018f3c6e-0000-7000-8000-000000000001") {
  return absl::StrCat("role_granted { grant_id: '", id,
                      "' role: 'social_worker' organisation_id: 'mro' ", more, " }");
}

constexpr char kRevoked[] =
    "role_revoked { grant_id: '018f3c6e-0000-7000-8000-000000000001' reason: 'changed_post' }";
constexpr char kClosed[] = "account_closed { reason: 'left' }";

TEST(AccountTest, TheIdFollowsFromTheActor) {
  EXPECT_EQ(AccountStream("staff-sw-1"), AccountStream("staff-sw-1"));
  EXPECT_NE(AccountStream("staff-sw-1"), AccountStream("staff-sw-2"));
  EXPECT_TRUE(IsUuid(RecordIdOf(Stream())));
  EXPECT_EQ(RecordIdOf(Stream())[14], '8') << "a version of one's own";
  EXPECT_EQ(Records(Stream()).Refusal(Opened()), "");
  EXPECT_EQ(Records(Stream()).Refusal(Opened("staff-sw-3")), "ACCOUNT_ID_WRONG");
}

TEST(AccountTest, ARoleIsGrantedByAnotherUntilItIsRevoked) {
  Records account(Stream());
  account.And({Opened()});
  EXPECT_EQ(account.Refusal(Granted()), "");
  EXPECT_EQ(account.Refusal(Stream(), Granted(), {.actor_id = "staff-sw-2"}), "GRANT_TO_ONESELF");
  EXPECT_EQ(account.Refusal(Stream(), Granted(),
                            {.actor_id = "staff-sw-1", .on_behalf_of = "staff-sw-2"}),
            "GRANT_TO_ONESELF");
  EXPECT_EQ(account.Refusal(kRevoked), "NOT_GRANTED");
  account.And({Granted()});
  EXPECT_EQ(account.Refusal(Granted()), "ALREADY_NAMED");
  EXPECT_EQ(account.Refusal(kRevoked), "");
  account.And({kRevoked});
  EXPECT_EQ(account.Refusal(kRevoked), "NOT_GRANTED");
  EXPECT_EQ(account.Refusal(Granted()), "ALREADY_NAMED");
}

TEST(AccountTest, AScopeNamesWhatItIsAbout) {
  Records account(Stream());
  account.And({Opened()});
  EXPECT_EQ(account.Refusal(Granted("scope: GRANT_SCOPE_TEAM")), "SCOPE_INCOMPLETE");
  EXPECT_EQ(account.Refusal(Granted("scope: GRANT_SCOPE_TEAM team: 'north'")), "");
  EXPECT_EQ(account.Refusal(Granted("scope: GRANT_SCOPE_ALL team: 'north'")), "SCOPE_INCOMPLETE");
  EXPECT_EQ(account.Refusal(Granted("scope: GRANT_SCOPE_PROVINCE")), "SCOPE_INCOMPLETE");
  EXPECT_EQ(account.Refusal(Granted("scope: GRANT_SCOPE_PROVINCE province: '02'")), "");
  EXPECT_EQ(account.Refusal(Granted("scope: GRANT_SCOPE_SECTOR")), "SCOPE_INCOMPLETE");
  EXPECT_EQ(account.Refusal(Granted("scope: GRANT_SCOPE_SECTOR sector: SECTOR_RCI")), "");
}

TEST(AccountTest, AClosedAccountTakesNothing) {
  Records account(Stream());
  account.And({Opened(), Granted()});
  const std::vector<std::string> of_open = {kClosed, "device_enrolled { device: 'tablet-07' }",
                                            "credential_set { kind: CREDENTIAL_KIND_PASSWORD }",
                                            "signed_in { }"};
  for (const std::string& fact : of_open) EXPECT_EQ(account.Refusal(fact), "") << fact;
  account.And({kClosed});
  for (const std::string& fact : of_open) {
    EXPECT_EQ(account.Refusal(fact), "ACCOUNT_CLOSED") << fact;
  }
  EXPECT_EQ(account.Refusal(kRevoked), "NOT_GRANTED") << "all grants ended with it";
  EXPECT_EQ(
      account.Refusal(Granted("scope: GRANT_SCOPE_ALL", "018f3c6e-0000-7000-8000-000000000002")),
      "ACCOUNT_CLOSED");
}

TEST(AccountTest, DelegationsAndDevicesEndOnlyWhereTheyBegan) {
  const std::string given =
      "delegation_given { delegation_id: '018f3c6e-0000-7000-8000-000000000003' to_actor_id: "
      "'staff-sw-1' until: '2021-05-01' reason: 'on_leave' }";
  const std::string ended =
      "delegation_ended { delegation_id: '018f3c6e-0000-7000-8000-000000000003' }";
  Records account(Stream());
  account.And({Opened()});
  EXPECT_EQ(account.Refusal(ended), "NOT_GRANTED");
  EXPECT_EQ(account.Refusal(given), "");
  EXPECT_EQ(account.Refusal("delegation_given { delegation_id: "
                            "'018f3c6e-0000-7000-8000-000000000003' to_actor_id: 'staff-sw-2' "
                            "until: '2021-05-01' reason: 'on_leave' }"),
            "DELEGATION_TO_ONESELF");
  account.And({given});
  EXPECT_EQ(account.Refusal(ended), "");
  EXPECT_EQ(account.Refusal("device_revoked { device: 'tablet-07' reason: 'lost' }"),
            "NOT_ENROLLED");
  account.And({"device_enrolled { device: 'tablet-07' }"});
  EXPECT_EQ(account.Refusal("device_revoked { device: 'tablet-07' reason: 'lost' }"), "");
}

// The table of emergency access: what may follow what, and whose it is.
TEST(AccountTest, EmergencyAccessIsOnesOwnAndTheNextWaitsForAReview) {
  const auto begun = [](const std::string& id, const std::string& more = "minutes: 60") {
    return absl::StrCat("emergency_access_begun { access_id: '018f3c6e-0000-7000-8000-00000000000",
                        id, "' case_id: '018f3c6e-0000-7000-8000-000000000099' ", more,
                        " reason: 'child_in_danger' }");
  };
  const std::string reviewed =
      "emergency_access_reviewed { access_id: '018f3c6e-0000-7000-8000-000000000001' outcome: "
      "EMERGENCY_REVIEW_NOT_JUSTIFIED reason: 'not_on_call' }";
  const Asking own{.actor_id = "staff-sw-2"};
  const Asking other{.actor_id = "staff-sup-1"};
  Records account(Stream());
  EXPECT_EQ(account.Refusal(Stream(), begun("1"), own), "STREAM_UNKNOWN");
  account.And({Opened()});
  EXPECT_EQ(account.Refusal(Stream(), begun("1"), other), "EMERGENCY_OF_ANOTHER");
  EXPECT_EQ(account.Refusal(Stream(), begun("1"),
                            {.actor_id = "staff-sw-2", .on_behalf_of = "staff-sup-1"}),
            "EMERGENCY_OF_ANOTHER");
  EXPECT_EQ(account.Refusal(Stream(), reviewed, other), "NOTHING_TO_REVIEW");
  EXPECT_EQ(account.Refusal(Stream(), begun("1"), own), "");
  account.And({begun("1")});
  EXPECT_EQ(account.Refusal(Stream(), begun("1"), own), "ALREADY_NAMED");
  EXPECT_EQ(account.Refusal(Stream(), begun("2"), own), "EMERGENCY_UNREVIEWED");
  EXPECT_EQ(account.Refusal(Stream(), reviewed, own), "REVIEW_OF_ONESELF");
  EXPECT_EQ(account.Refusal(Stream(), reviewed,
                            {.actor_id = "staff-sup-1", .on_behalf_of = "staff-sw-2"}),
            "REVIEW_OF_ONESELF");
  EXPECT_EQ(account.Refusal(Stream(), reviewed, other), "");
  account.And({reviewed});
  EXPECT_EQ(account.Refusal(Stream(), reviewed, other), "NOTHING_TO_REVIEW");
  EXPECT_EQ(account.Refusal(Stream(), begun("2"), own), "");
}

TEST(AccountTest, OnceADeviceIsEnrolledOthersAreNotUsed) {
  AccountState state;
  EXPECT_FALSE(MayUse(state, "tablet-07")) << "nothing is used with a closed account";
  state.open = true;
  EXPECT_TRUE(MayUse(state, ""));
  state.enrols = true;
  state.devices = {"tablet-07"};
  EXPECT_TRUE(MayUse(state, "tablet-07"));
  EXPECT_FALSE(MayUse(state, "tablet-08"));
  state.devices.clear();
  EXPECT_FALSE(MayUse(state, "")) << "the last one was revoked";
}

TEST(AccountTest, WhatIsBoundedByDaysHoldsOnThoseDaysOnly) {
  const Day today = *ParseDay("2021-04-22");
  EXPECT_TRUE(HoldsOn(today, "", ""));
  EXPECT_TRUE(HoldsOn(today, "2021-04-22", "2021-04-22"));
  EXPECT_FALSE(HoldsOn(today, "2021-04-23", ""));
  EXPECT_FALSE(HoldsOn(today, "", "2021-04-21"));
  EXPECT_FALSE(HoldsOn(today, "yesterday", ""));
}

}  // namespace
}  // namespace mlup::domain::account_test
