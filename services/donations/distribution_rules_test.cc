#include "services/donations/distribution_rules.h"

#include <gtest/gtest.h>

#include "services/command/rule_test.h"

namespace mlup::donations {
namespace {

DistributionState After(const std::vector<std::string>& events) {
  return command::StateAfter<DistributionState, pb::DonationEvent>(events);
}

using command::RefusalOf;

constexpr char kHeld[] = "distribution_held { reason: DISTRIBUTION_REASON_CRISIS }";
constexpr char kToHousehold[] = "recipient_kind: RECIPIENT_KIND_HOUSEHOLD recipient_id: 'h' ";
constexpr char kToPerson[] = "recipient_kind: RECIPIENT_KIND_PERSON recipient { person_id: 'p' } ";
constexpr char kKit[] = "kit_code: 'emergency_food_pack' kit_version: 1 ";

std::string Given(const std::string& fields) { return "items_distributed { " + fields + " }"; }

std::string Rice(const std::string& quantity) {
  return "lines { item_code: 'rice' quantity: '" + quantity + "' unit: 'kg' } ";
}

std::string Back(const std::string& lines, const std::string& event_id = "2") {
  return "distribution_reversed { reverses_event_id: '" + event_id + "' " + lines + " }";
}

TEST(DistributionTest, GoodsAreGivenAtADistributionThatWasHeld) {
  const std::string rice = Given(kToHousehold + Rice("25"));
  EXPECT_EQ(RefusalOf<pb::DistributeItemsRequest>(After({kHeld}), rice), "");
  EXPECT_EQ(RefusalOf<pb::DistributeItemsRequest>(After({}), rice), "DISTRIBUTION_UNKNOWN");
}

TEST(DistributionTest, SomethingIsSaidAboutTheGoods) {
  const struct {
    std::string goods;
    std::string refusal;
  } kCases[] = {{"", "NOTHING_GIVEN"},
                {Rice("25"), ""},
                {Rice(""), ""},
                {kKit, ""},
                {"uncounted: true", ""},
                {"kit_code: 'emergency_food_pack'", "KIT_INCOMPLETE"},
                {"kit_version: 1", "KIT_INCOMPLETE"},
                {Rice("99999999999999999999"), "DECIMAL_OVERFLOW"}};
  for (const auto& [goods, refusal] : kCases) {
    EXPECT_EQ(RefusalOf<pb::DistributeItemsRequest>(After({kHeld}), Given(kToHousehold + goods)),
              refusal)
        << goods;
  }
}

TEST(DistributionTest, TheRecipientIsNamedWhereOneWasCounted) {
  const struct {
    std::string recipient;
    std::string refusal;
  } kCases[] = {{kToPerson, ""},
                {"recipient_kind: RECIPIENT_KIND_PERSON", "RECIPIENT_REQUIRED"},
                {"recipient_kind: RECIPIENT_KIND_PERSON uncounted: true", ""},
                {"recipient_kind: RECIPIENT_KIND_PERSON recipient_id: 'p'", "RECIPIENT_MISPLACED"},
                {"recipient_kind: RECIPIENT_KIND_HOUSEHOLD", "RECIPIENT_REQUIRED"},
                {"recipient_kind: RECIPIENT_KIND_HOUSEHOLD uncounted: true", ""},
                {"recipient_kind: RECIPIENT_KIND_ORGANISATION", ""},
                {"recipient_kind: RECIPIENT_KIND_GROUP recipient_id: 'g'", ""}};
  for (const auto& [recipient, refusal] : kCases) {
    EXPECT_EQ(
        RefusalOf<pb::DistributeItemsRequest>(After({kHeld}), Given(recipient + " " + Rice("25"))),
        refusal)
        << recipient;
  }
}

TEST(DistributionTest, NeverMoreComesBackThanWasGiven) {
  const std::string given = Given(kToHousehold + Rice("25"));
  EXPECT_EQ(RefusalOf<pb::ReverseDistributionRequest>(After({kHeld, given}), Back(Rice("25"))), "");
  EXPECT_EQ(RefusalOf<pb::ReverseDistributionRequest>(After({kHeld, given}), Back(Rice("25.001"))),
            "MORE_THAN_GIVEN");
  EXPECT_EQ(RefusalOf<pb::ReverseDistributionRequest>(
                After({kHeld, given}), Back("lines { item_code: 'soap' unit: 'piece' }")),
            "MORE_THAN_GIVEN");

  const DistributionState reversed = After({kHeld, given, Back(Rice("20.5"))});
  EXPECT_EQ(RefusalOf<pb::ReverseDistributionRequest>(reversed, Back(Rice("4.5"))), "");
  EXPECT_EQ(RefusalOf<pb::ReverseDistributionRequest>(reversed, Back(Rice("4.501"))),
            "MORE_THAN_GIVEN");
}

TEST(DistributionTest, AReversalNamesGoodsGivenOnItsStream) {
  const DistributionState state =
      After({kHeld, Given(kToHousehold + Rice("25")), Back(Rice("1"), "voided"), Back(Rice("1"))});
  EXPECT_EQ(RefusalOf<pb::ReverseDistributionRequest>(state, Back(Rice("1"), "1")),
            "EVENT_NOT_ON_STREAM");
  EXPECT_EQ(RefusalOf<pb::ReverseDistributionRequest>(state, Back(Rice("1"), "4")),
            "EVENT_NOT_ON_STREAM");
  EXPECT_EQ(RefusalOf<pb::ReverseDistributionRequest>(state, Back(Rice("24"))), "");
}

TEST(DistributionTest, WhatNobodyCountedCanComeBackInAnyQuantity) {
  for (const std::string goods : {kKit, "uncounted: true"}) {
    const DistributionState state = After({kHeld, Given(kToHousehold + goods)});
    EXPECT_EQ(RefusalOf<pb::ReverseDistributionRequest>(state, Back(Rice("25"))), "") << goods;
  }
  const DistributionState state = After({kHeld, Given(kToHousehold + Rice(""))});
  EXPECT_EQ(RefusalOf<pb::ReverseDistributionRequest>(state, Back(Rice("25"))), "");
}

}  // namespace
}  // namespace mlup::donations
