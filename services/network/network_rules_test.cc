// The rules of groups, organisations and reports.
#include <gtest/gtest.h>

#include "services/command/rule_test.h"
#include "services/network/group_rules.h"
#include "services/network/organisation_rules.h"
#include "services/network/report_rules.h"

namespace mlup::network {
namespace {

template <typename State>
State After(const std::vector<std::string>& events) {
  return command::StateAfter<State, pb::NetworkEvent>(events);
}

using command::RefusalOf;

constexpr char kFormed[] = "group_formed { kind: GROUP_KIND_YOUTH_CLUB }";
constexpr char kJoined[] = "group_member_joined { member { person_id: 'a' } }";
constexpr char kOrgJoined[] = "group_member_joined { org_id: 'o' }";
constexpr char kSomeJoined[] = "group_member_joined { uncounted: true }";
constexpr char kLeft[] = "group_member_left { member { person_id: 'a' } reason: 'moved' }";
constexpr char kOrgLeft[] = "group_member_left { org_id: 'o' reason: 'closed' }";

TEST(GroupTest, AMemberJoinsAGroupThatExistsOnce) {
  EXPECT_EQ(RefusalOf<pb::JoinGroupRequest>(After<GroupState>({}), kJoined), "GROUP_UNKNOWN");
  EXPECT_EQ(RefusalOf<pb::JoinGroupRequest>(After<GroupState>({kFormed}), kJoined), "");
  const auto state = After<GroupState>({kFormed, kJoined, kOrgJoined, kSomeJoined});
  EXPECT_EQ(RefusalOf<pb::JoinGroupRequest>(state, kJoined), "ALREADY_MEMBER");
  EXPECT_EQ(RefusalOf<pb::JoinGroupRequest>(state, kOrgJoined), "ALREADY_MEMBER");
  EXPECT_EQ(RefusalOf<pb::JoinGroupRequest>(state, kSomeJoined), "");
  EXPECT_EQ(RefusalOf<pb::JoinGroupRequest>(After<GroupState>({kFormed, kJoined, kLeft}), kJoined),
            "");
}

TEST(GroupTest, OnlyAMemberLeaves) {
  const auto state = After<GroupState>({kFormed, kJoined, kOrgJoined});
  EXPECT_EQ(RefusalOf<pb::LeaveGroupRequest>(state, kLeft), "");
  EXPECT_EQ(RefusalOf<pb::LeaveGroupRequest>(state, kOrgLeft), "");
  EXPECT_EQ(RefusalOf<pb::LeaveGroupRequest>(After<GroupState>({kFormed, kSomeJoined}), kLeft),
            "NOT_MEMBER");
  EXPECT_EQ(RefusalOf<pb::LeaveGroupRequest>(After<GroupState>({kFormed, kJoined, kLeft}), kLeft),
            "NOT_MEMBER");
}

TEST(GroupTest, EachMoveNamesOneMember) {
  const auto state = After<GroupState>({kFormed});
  for (const std::string fields :
       {"", "org_id: 'o' member { person_id: 'a' }", "org_id: 'o' uncounted: true"}) {
    EXPECT_EQ(RefusalOf<pb::JoinGroupRequest>(state, "group_member_joined { " + fields + " }"),
              "ONE_MEMBER_REQUIRED")
        << fields;
  }
  EXPECT_EQ(RefusalOf<pb::LeaveGroupRequest>(state, "group_member_left { reason: 'moved' }"),
            "ONE_MEMBER_REQUIRED");
}

TEST(OrganisationTest, APartnershipEndsOnlyWhereItBegan) {
  const std::string agreed = "partnership_agreed { kind: PARTNERSHIP_KIND_RCI_PARTNER }";
  const std::string ended = "partnership_ended { kind: PARTNERSHIP_KIND_RCI_PARTNER }";
  const auto refusal = [&](const std::vector<std::string>& events) {
    return RefusalOf<pb::EndPartnershipRequest>(After<OrganisationState>(events), ended);
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
    return RefusalOf<pb::EndContextPeriodRequest>(After<OrganisationState>(events), ended);
  };
  EXPECT_EQ(refusal({started}), "");
  EXPECT_EQ(refusal({}), "NOT_STARTED");
  EXPECT_EQ(refusal({"context_period_started { context_id: 'd' }"}), "NOT_STARTED");
  EXPECT_EQ(refusal({started, ended}), "NOT_STARTED");
}

TEST(ReportTest, IsPublishedOnceItsPeriodIsClosedAndAsKnownUpToToday) {
  const auto closed = After<ReportState>({"report_period_closed { period: '2021-Q1' }"});
  const auto published = [](const std::string& period, const std::string& day) {
    return "report_published { period: '" + period + "' position: 9 as_known_at: '" + day + "' }";
  };
  EXPECT_EQ(RefusalOf<pb::PublishReportRequest>(closed, published("2021-Q1", "2021-04-22")), "");
  EXPECT_EQ(RefusalOf<pb::PublishReportRequest>(closed, published("2021-Q2", "2021-04-22")),
            "PERIOD_NOT_CLOSED");
  EXPECT_EQ(RefusalOf<pb::PublishReportRequest>(closed, published("2021-Q1", "2021-04-23")),
            "KNOWN_IN_FUTURE");
}

}  // namespace
}  // namespace mlup::network
