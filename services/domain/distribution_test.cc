// The rules of a distribution: goods are given where it was held, and no more comes back than was
// given.
#include "services/domain/distribution.h"

#include "gtest/gtest.h"

#include "services/domain/rule_test.h"

namespace mlup::domain::distribution_test {
namespace {

constexpr char kDistribution[] = "distribution/d";
constexpr char kHeld[] = "distribution_held { reason: DISTRIBUTION_REASON_CRISIS }";
constexpr char kToHousehold[] = "recipient_kind: RECIPIENT_KIND_HOUSEHOLD recipient_id: 'h' ";
constexpr char kToPerson[] = "recipient_kind: RECIPIENT_KIND_PERSON recipient { person_id: 'p' } ";
constexpr char kKit[] = "kit_code: 'emergency_food_pack' kit_version: 1 ";

std::string Items(const std::string& fields) { return "items_distributed { " + fields + " }"; }

std::string Rice(const std::string& quantity) {
  return "lines { item_code: 'rice' quantity: '" + quantity + "' unit: 'kg' } ";
}

std::string Back(const std::string& lines, const std::string& event_id = "e2") {
  return "distribution_reversed { reverses_event_id: '" + event_id + "' " + lines + " }";
}

TEST(DistributionTest, GoodsAreGivenAtADistributionThatWasHeld) {
  const std::string rice = Items(kToHousehold + Rice("25"));
  EXPECT_EQ(Given(kDistribution, {kHeld}).Refusal(rice), "");
  EXPECT_EQ(Given(kDistribution).Refusal(rice), "STREAM_UNKNOWN");
  EXPECT_EQ(Given(kDistribution, {"cash_assistance_disbursed { }"}).Refusal(rice),
            "DISTRIBUTION_UNKNOWN");
}

TEST(DistributionTest, SomethingIsSaidAboutTheGoods) {
  const struct {
    std::string goods;
    std::string refusal;
  } cases[] = {
      {"", "NOTHING_GIVEN at items_distributed.lines"},
      {Rice("25"), ""},
      {Rice(""), ""},
      {kKit, ""},
      {"uncounted: true", ""},
      {"kit_code: 'emergency_food_pack'", "KIT_INCOMPLETE at items_distributed.kit_version"},
      {"kit_version: 1", "KIT_INCOMPLETE at items_distributed.kit_version"},
      {Rice("99999999999999999999"), "DECIMAL_OVERFLOW at items_distributed.lines[0].quantity"},
      {Rice("1") + Rice("99999999999999999999"),
       "DECIMAL_OVERFLOW at items_distributed.lines[1].quantity"}};
  for (const auto& [goods, refusal] : cases) {
    EXPECT_EQ(Given(kDistribution, {kHeld}).Refusal(Items(kToHousehold + goods)), refusal) << goods;
  }
}

TEST(DistributionTest, TheRecipientIsNamedWhereOneWasCounted) {
  const std::string person_required = "RECIPIENT_REQUIRED at items_distributed.recipient";
  const std::string household_required = "RECIPIENT_REQUIRED at items_distributed.recipient_id";
  const struct {
    std::string recipient;
    std::string refusal;
  } cases[] = {{kToPerson, ""},
               {"recipient_kind: RECIPIENT_KIND_PERSON", person_required},
               {"recipient_kind: RECIPIENT_KIND_PERSON uncounted: true", ""},
               {"recipient_kind: RECIPIENT_KIND_PERSON recipient_id: 'p'",
                "RECIPIENT_MISPLACED at items_distributed.recipient_id"},
               {"recipient_kind: RECIPIENT_KIND_HOUSEHOLD", household_required},
               {"recipient_kind: RECIPIENT_KIND_HOUSEHOLD uncounted: true", ""},
               {"recipient_kind: RECIPIENT_KIND_ORGANISATION", ""},
               {"recipient_kind: RECIPIENT_KIND_GROUP recipient_id: 'g'", ""}};
  for (const auto& [recipient, refusal] : cases) {
    EXPECT_EQ(Given(kDistribution, {kHeld}).Refusal(Items(recipient + " " + Rice("25"))), refusal)
        << recipient;
  }
}

TEST(DistributionTest, NeverMoreComesBackThanWasGiven) {
  const std::string given = Items(kToHousehold + Rice("25"));
  const struct {
    std::vector<std::string> back_already;
    std::string back;
    std::string refusal;
  } cases[] = {
      {{}, Back(Rice("25")), ""},
      {{}, Back(Rice("25.001")), "MORE_THAN_GIVEN"},
      {{}, Back("lines { item_code: 'soap' unit: 'piece' }"), "MORE_THAN_GIVEN"},
      {{Back(Rice("20.5"))}, Back(Rice("4.5")), ""},
      {{Back(Rice("20.5"))}, Back(Rice("4.501")), "MORE_THAN_GIVEN"},
      {{},
       Back(Rice("99999999999999999999")),
       "DECIMAL_OVERFLOW at distribution_reversed.lines[0].quantity"},
  };
  for (const auto& [back_already, back, refusal] : cases) {
    EXPECT_EQ(Given(kDistribution, {kHeld, given}).And(back_already).Refusal(back), refusal)
        << testing::PrintToString(back_already) << back;
  }
}

TEST(DistributionTest, AReversalNamesGoodsGivenOnItsStream) {
  const Records reversed = Given(kDistribution, {kHeld, Items(kToHousehold + Rice("25")),
                                                 Back(Rice("1"), "voided"), Back(Rice("1"))});
  EXPECT_EQ(reversed.Refusal(Back(Rice("1"), "e1")), "EVENT_NOT_ON_STREAM");
  EXPECT_EQ(reversed.Refusal(Back(Rice("1"), "e4")), "EVENT_NOT_ON_STREAM");
  EXPECT_EQ(reversed.Refusal(Back(Rice("24"))), "");
}

TEST(DistributionTest, WhatNobodyCountedCanComeBackInAnyQuantity) {
  for (const std::string& goods : {std::string(kKit), std::string("uncounted: true"), Rice("")}) {
    EXPECT_EQ(Given(kDistribution, {kHeld, Items(kToHousehold + goods)}).Refusal(Back(Rice("25"))),
              "")
        << goods;
  }
}

}  // namespace
}  // namespace mlup::domain::distribution_test
