// The rules of clubs and community groups: who joins a group that was formed, and who leaves it.
#include "services/domain/group.h"

#include "gtest/gtest.h"

#include "services/domain/rule_test.h"

namespace mlup::domain::group_test {
namespace {

constexpr char kFormed[] = "group_formed { kind: GROUP_KIND_YOUTH_CLUB }";
constexpr char kSupported[] = "technical_support_provided { }";
constexpr char kJoined[] = "group_member_joined { member { person_id: 'a' } }";
constexpr char kOrgJoined[] = "group_member_joined { org_id: 'o' }";
constexpr char kSomeJoined[] = "group_member_joined { uncounted: true }";
constexpr char kLeft[] = "group_member_left { member { person_id: 'a' } reason: 'moved' }";
constexpr char kOrgLeft[] = "group_member_left { org_id: 'o' reason: 'closed' }";

TEST(GroupTest, MembersJoinAndLeaveOnce) {
  const struct {
    std::vector<std::string> before;
    std::string fact;
    std::string refusal;
  } cases[] = {
      {{}, kJoined, "STREAM_UNKNOWN"},
      {{kSupported}, kJoined, "GROUP_UNKNOWN"},
      {{kFormed}, kFormed, "STREAM_EXISTS"},
      {{kFormed}, kJoined, ""},
      {{kFormed, kJoined}, kJoined, "ALREADY_MEMBER"},
      {{kFormed, kOrgJoined}, kOrgJoined, "ALREADY_MEMBER"},
      {{kFormed, kOrgJoined}, kJoined, ""},
      {{kFormed, kSomeJoined}, kSomeJoined, ""},
      {{kFormed, kJoined, kLeft}, kJoined, ""},
      {{kFormed, kJoined}, kLeft, ""},
      {{kFormed, kOrgJoined}, kOrgLeft, ""},
      {{kFormed}, kLeft, "NOT_MEMBER"},
      {{kFormed, kSomeJoined}, kLeft, "NOT_MEMBER"},
      {{kFormed, kOrgJoined}, kLeft, "NOT_MEMBER"},
      {{kFormed, kJoined, kLeft}, kLeft, "NOT_MEMBER"},
      {{kFormed, kJoined, kLeft, "entry_voided { voids_event_id: 'e3' }"},
       kJoined,
       "ALREADY_MEMBER"},
  };
  for (const char* const stream : {"club/g", "community_group/g"}) {
    for (const auto& [before, fact, refusal] : cases) {
      if (before == std::vector<std::string>{kSupported} && std::string(stream) == "club/g")
        continue;
      EXPECT_EQ(Given(stream, before).Refusal(fact), refusal)
          << stream << testing::PrintToString(before) << fact;
    }
  }
}

TEST(GroupTest, EachMoveNamesOneMember) {
  const Records formed = Given("club/g", {kFormed});
  for (const std::string fields :
       {"", "org_id: 'o' member { person_id: 'a' }", "org_id: 'o' uncounted: true"}) {
    EXPECT_EQ(formed.Refusal("group_member_joined { " + fields + " }"),
              "ONE_MEMBER_REQUIRED at group_member_joined.member")
        << fields;
  }
  EXPECT_EQ(formed.Refusal("group_member_left { reason: 'moved' }"),
            "ONE_MEMBER_REQUIRED at group_member_left.member");
  EXPECT_EQ(formed.Refusal("group_member_left { org_id: 'o' member { person_id: 'a' } }"),
            "ONE_MEMBER_REQUIRED at group_member_left.member");
}

TEST(GroupTest, ADissolvedGroupTakesNobody) {
  const std::string joined = "group_member_joined { member { person_id: 'sok' } }";
  EXPECT_EQ(Given("club/k", {"group_formed { }"}).Refusal("group_dissolved { }"), "");
  EXPECT_EQ(Given("club/k", {"group_formed { }", "group_dissolved { }"}).Refusal(joined),
            "GROUP_DISSOLVED");
  EXPECT_EQ(
      Given("club/k", {"group_formed { }", "group_dissolved { }"}).Refusal("group_dissolved { }"),
      "GROUP_DISSOLVED");
}

}  // namespace
}  // namespace mlup::domain::group_test
