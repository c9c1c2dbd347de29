// Where a role reaches: the scope of the grant against what the record says of who works with it.
#include "services/identity/scope.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "services/command/recording_test.h"
#include "services/command/relation.h"

namespace mlup::command::scope_test {
namespace {

using identity::Covers;
using identity::HeldRole;
using identity::Relation;

HeldRole Held(identity::v1::GrantScope scope) { return {"worker", "mro", scope}; }

TEST(ScopeTest, WhatTheRecordDoesNotSayIsReachedByNobodyButAll) {
  const Relation unknown;
  for (int scope = identity::v1::GrantScope_MIN; scope <= identity::v1::GrantScope_MAX; ++scope) {
    HeldRole held = Held(static_cast<identity::v1::GrantScope>(scope));
    held.team = "north";
    held.province = "02";
    held.sector = log::v1::SECTOR_CASE_MGMT;
    EXPECT_EQ(Covers(held, "a", unknown), scope == identity::v1::GRANT_SCOPE_ALL) << scope;
  }
  EXPECT_FALSE(Covers(Held(static_cast<identity::v1::GrantScope>(77)), "a", unknown));
}

TEST(ScopeTest, EachScopeReachesWhatItSays) {
  const Relation about{.organisations = {"mro"},
                       .has_workers = true,
                       .workers = {"a"},
                       .teams = {"north"},
                       .province = "02",
                       .sector = log::v1::SECTOR_RCI};
  EXPECT_TRUE(Covers(Held(identity::v1::GRANT_SCOPE_ORGANISATION), "b", about));
  EXPECT_TRUE(Covers(Held(identity::v1::GRANT_SCOPE_OWN_CASELOAD), "a", about));
  EXPECT_FALSE(Covers(Held(identity::v1::GRANT_SCOPE_OWN_CASELOAD), "b", about));
  HeldRole held = Held(identity::v1::GRANT_SCOPE_TEAM);
  held.team = "north";
  EXPECT_TRUE(Covers(held, "b", about));
  held.team = "south";
  EXPECT_FALSE(Covers(held, "b", about));
  EXPECT_TRUE(Covers(held, "a", about)) << "one's own case is never another team's alone";
  held = Held(identity::v1::GRANT_SCOPE_PROVINCE);
  held.province = "02";
  EXPECT_TRUE(Covers(held, "b", about));
  held.province = "03";
  EXPECT_FALSE(Covers(held, "b", about));
  held = Held(identity::v1::GRANT_SCOPE_SECTOR);
  held.sector = log::v1::SECTOR_RCI;
  EXPECT_TRUE(Covers(held, "b", about));
  held.sector = log::v1::SECTOR_CWN;
  EXPECT_FALSE(Covers(held, "b", about));
}

TEST(ScopeTest, AnotherOrganisationsRecordIsReachedByAllOnly) {
  const Relation about{.organisations = {"other"},
                       .has_workers = true,
                       .workers = {"a"},
                       .teams = {"north"},
                       .province = "02",
                       .sector = log::v1::SECTOR_RCI};
  for (int scope = identity::v1::GrantScope_MIN; scope <= identity::v1::GrantScope_MAX; ++scope) {
    HeldRole held = Held(static_cast<identity::v1::GrantScope>(scope));
    held.team = "north";
    held.province = "02";
    held.sector = log::v1::SECTOR_RCI;
    EXPECT_EQ(Covers(held, "a", about), scope == identity::v1::GRANT_SCOPE_ALL) << scope;
  }
}

// Accounts of a test: what each holds.
class TestAccounts final : public identity::Holders {
 public:
  std::shared_ptr<const identity::Standing> Find(std::string_view actor_id) const override {
    const auto found = standings.find(actor_id);
    return found == standings.end() ? nullptr : found->second;
  }
  void Hold(const std::string& actor_id, HeldRole held) {
    auto standing = std::make_shared<identity::Standing>();
    standing->organisations.insert(held.organisation_id);
    standing->roles.push_back(std::move(held));
    standings[actor_id] = std::move(standing);
  }
  std::map<std::string, std::shared_ptr<const identity::Standing>, std::less<>> standings;
};

class ScopedCommandsTest : public RecordingTest {
 protected:
  ScopedCommandsTest() { world_.policy().Follow(held_); }

  // Whether the role of `staff-sw-2` reaches the case, whatever the rule of the fact then says.
  bool SecondReaches() {
    auto request =
        CaseRequest(absl::StrCat("r", ++requests_), {Asked(Case(kSok), kDara, "CLOSURE")});
    request.mutable_context()->set_actor_id("staff-sw-2");
    return Record(request) != "OUT_OF_SCOPE";
  }
  TestAccounts held_;
  int requests_ = 0;
};

TEST_F(ScopedCommandsTest, OwnCaseloadIsTheCasesToWhichOneIsAssigned) {
  ASSERT_EQ(Register(), "");
  ASSERT_EQ(Record("open", {Opened(kSok)}), "");
  EXPECT_TRUE(SecondReaches()) << "the file's roles reach everything";
  held_.Hold("staff-sw-2", Held(identity::v1::GRANT_SCOPE_OWN_CASELOAD));
  EXPECT_FALSE(SecondReaches());
  ASSERT_EQ(Record("assign", {OnCase(kSok,
                                     "case_worker_assigned { worker_id: 'staff-sw-2' team: "
                                     "'north' }")}),
            "");
  EXPECT_TRUE(SecondReaches());
  held_.Hold("staff-sw-2", Held(identity::v1::GRANT_SCOPE_ORGANISATION));
  EXPECT_TRUE(SecondReaches());
  HeldRole elsewhere = Held(identity::v1::GRANT_SCOPE_PROVINCE);
  elsewhere.province = "24";
  held_.Hold("staff-sw-2", elsewhere);
  EXPECT_FALSE(SecondReaches());
}

TEST_F(ScopedCommandsTest, WhoeverBeginsARecordWorksWithIt) {
  held_.Hold("staff-sw-1", Held(identity::v1::GRANT_SCOPE_OWN_CASELOAD));
  EXPECT_EQ(Register(), "");
  EXPECT_EQ(Record("open", {Opened(kSok)}), "");
  EXPECT_EQ(Record("again", {Note(kSok)}), "");
}

}  // namespace
}  // namespace mlup::command::scope_test
