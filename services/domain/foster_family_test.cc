// Families that care for children of others, and the placements with them.
#include "gtest/gtest.h"

#include "services/domain/household.h"
#include "services/domain/rule_test.h"

namespace mlup::domain::foster_family_test {
namespace {

constexpr char kHome[] = "household/h";
constexpr char kCase[] = "case/c";

const std::string kRecruited = "foster_family_recruited { kind: FOSTER_KIND_EMERGENCY }";
const std::string kAsked =
    "approval_requested { approval_id: 'a' subject: APPROVAL_SUBJECT_FOSTER_FAMILY }";
const std::string kGranted = "approval_granted { approval_id: 'a' }";
const std::string kApproved = "foster_family_approved { capacity: 1 approval_id: 'a' }";
const std::string kSuspended = "foster_family_suspended { reason: 'illness' }";
const std::string kRetired = "foster_family_retired { reason: 'own_wish' }";
const std::vector<std::string> kReady = {kRecruited, kAsked, kGranted, kApproved};

std::string Added(const std::string& person, const std::string& relation = "FOSTER_CHILD") {
  return absl::StrCat("household_member_added { member { person_id: '", person,
                      "' relation: RELATION_", relation, " } }");
}
std::string Removed(const std::string& person) {
  return absl::StrCat("household_member_removed { member { person_id: '", person, "' } }");
}
std::string Placed(const std::string& id = "p") {
  return absl::StrCat("placement_started { placement_id: '", id,
                      "' child { person_id: 'sok' } care_type: CARE_TYPE_FOSTER "
                      "household_id: 'h' }");
}
constexpr char kOpened[] = "case_opened { child { person_id: 'sok' } owner_org_id: 'mro' }";

std::string Refusal(std::vector<std::string> before, const std::string& fact) {
  before.insert(before.begin(), "household_registered { }");
  return Given(kHome, before).Refusal(fact);
}
std::vector<std::string> ReadyAnd(const std::vector<std::string>& more) {
  std::vector<std::string> facts = kReady;
  facts.insert(facts.end(), more.begin(), more.end());
  return facts;
}

TEST(FosterFamilyTest, IsRecruitedApprovedSuspendedAndRetired) {
  EXPECT_EQ(Refusal({}, kRecruited), "");
  EXPECT_EQ(Refusal({kRecruited}, kRecruited), "FOSTER_FAMILY_STATE");
  EXPECT_EQ(Refusal({kAsked, kGranted}, kApproved), "FOSTER_FAMILY_STATE");
  EXPECT_EQ(Refusal({kRecruited}, kApproved), "APPROVAL_MISSING");
  EXPECT_EQ(Refusal({kRecruited, kAsked}, kApproved), "APPROVAL_MISSING");
  EXPECT_EQ(Refusal({kRecruited, kAsked, kGranted}, kApproved), "");
  EXPECT_EQ(Refusal(kReady, kApproved), "APPROVAL_MISSING") << "an approval is used once";
  EXPECT_EQ(Refusal({kRecruited}, kSuspended), "FOSTER_FAMILY_STATE");
  EXPECT_EQ(Refusal(kReady, kSuspended), "");
  EXPECT_EQ(Refusal(ReadyAnd({kSuspended}), kSuspended), "FOSTER_FAMILY_STATE");
  EXPECT_EQ(Refusal(ReadyAnd({kSuspended}), kRetired), "");
  EXPECT_EQ(Refusal(ReadyAnd({kRetired}), kRetired), "FOSTER_FAMILY_STATE");
  EXPECT_EQ(Refusal(ReadyAnd({kRetired}), kRecruited), "");
}

TEST(FosterFamilyTest, HasRoomForAsManyChildrenAsItIsApprovedFor) {
  EXPECT_EQ(Refusal({}, Added("sok")), "") << "no foster family of ours";
  EXPECT_EQ(Refusal({kRecruited}, Added("sok")), "FOSTER_FAMILY_NOT_APPROVED");
  EXPECT_EQ(Refusal({kRecruited}, Added("sok", "CHILD")), "") << "an own child";
  EXPECT_EQ(Refusal(kReady, Added("sok")), "");
  EXPECT_EQ(Refusal(ReadyAnd({Added("dara")}), Added("sok")), "FOSTER_FAMILY_FULL");
  EXPECT_EQ(Refusal(ReadyAnd({Added("dara"), Removed("dara")}), Added("sok")), "");
  EXPECT_EQ(Refusal(ReadyAnd({kSuspended}), Added("sok")), "FOSTER_FAMILY_NOT_APPROVED");
}

TEST(FosterFamilyTest, RetiresWhenNoFosterChildLivesThere) {
  EXPECT_EQ(Refusal(ReadyAnd({Added("dara")}), kRetired), "FOSTER_CHILDREN_PRESENT");
  EXPECT_EQ(Refusal(ReadyAnd({Added("dara"), Removed("dara")}), kRetired), "");
}

TEST(FosterFamilyTest, APlacementInFosterCareNeedsAnApprovedFamilyWhereTheChildLives) {
  const auto world = [](const std::vector<std::string>& home) {
    return Given(kCase, {kOpened}).And(kHome, {"household_registered { }"}).And(kHome, home);
  };
  EXPECT_EQ(world({}).Refusal(Placed()), "FOSTER_FAMILY_NOT_APPROVED");
  EXPECT_EQ(world({kRecruited}).Refusal(Placed()), "FOSTER_FAMILY_NOT_APPROVED");
  EXPECT_EQ(world(kReady).Refusal(Placed()), "CHILD_NOT_IN_FAMILY");
  EXPECT_EQ(world(ReadyAnd({Added("sok")})).Refusal(Placed()), "");
  EXPECT_EQ(
      world({}).Refusal("placement_started { placement_id: 'p' care_type: CARE_TYPE_FOSTER }"), "")
      << "where nobody knows which family";
  EXPECT_EQ(world(kReady).Refusals({{kHome, Added("sok")}, {kCase, Placed()}}),
            (std::vector<std::string>{"", ""}))
      << "in one request";
  EXPECT_EQ(world(ReadyAnd({Added("dara")})).Refusals({{kHome, Added("sok")}, {kCase, Placed()}}),
            (std::vector<std::string>{"FOSTER_FAMILY_FULL", "CHILD_NOT_IN_FAMILY"}));
}

TEST(FosterFamilyTest, AMoveAndAReunificationAreOneRequest) {
  const Records world = Given(kCase, {kOpened})
                            .And(kHome, {"household_registered { }"})
                            .And(kHome, ReadyAnd({Added("sok")}))
                            .And(kCase, {Placed()});
  const std::string reunified =
      "placement_ended { placement_id: 'p' child { person_id: 'sok' } "
      "reason: PLACEMENT_END_REASON_REUNIFIED }";
  const std::string home =
      "placement_started { placement_id: 'q' child { person_id: 'sok' } "
      "care_type: CARE_TYPE_BIRTH_FAMILY }";
  const std::string broken =
      "placement_ended { placement_id: 'q' child { person_id: 'sok' "
      "breakdown_cause: 'poverty' } reason: PLACEMENT_END_REASON_BREAKDOWN }";
  EXPECT_EQ(world.Refusals({{kCase, reunified}, {kHome, Removed("sok")}, {kCase, home}}),
            (std::vector<std::string>{"", "", ""}));
  EXPECT_EQ(world.Refusals({{kCase, home}}), (std::vector<std::string>{"PLACEMENT_OPEN"}));
  Records after = world;
  after.And(kCase, {reunified, home});
  EXPECT_EQ(after.Refusals({{kCase, broken}, {kCase, Placed("r")}}),
            (std::vector<std::string>{"", ""}));
}

TEST(FosterFamilyTest, APlacementIsReviewedWhileItIsOpen) {
  const std::string reviewed =
      "placement_reviewed { placement_id: 'p' child { person_id: 'sok' } }";
  const std::string placed =
      "placement_started { placement_id: 'p' child { person_id: 'sok' } "
      "care_type: CARE_TYPE_KINSHIP }";
  EXPECT_EQ(Given(kCase, {kOpened}).Refusal(reviewed), "PLACEMENT_NOT_OPEN");
  EXPECT_EQ(Given(kCase, {kOpened, placed}).Refusal(reviewed), "");
}

}  // namespace
}  // namespace mlup::domain::foster_family_test
