#include "services/donations/donation_rules.h"

#include <gtest/gtest.h>

#include "services/command/rule_test.h"

namespace mlup::donations {
namespace {

// The refusal of an allocation of `lines` after a donation stated as `received`; nothing if
// accepted.
std::string Refusal(const std::string& received, const std::string& lines) {
  DonationState state;
  Evolve(state, command::FromText<pb::DonationEvent>("donation_received { " + received + " }"), {});
  const auto request = command::FromText<pb::AllocateDonationRequest>(
      "donation_allocated { fund: 'food_support' " + lines + " }");
  const auto decision = Decide(state, request, {});
  if (!decision.ok()) return ErrorReason(decision.status());
  EXPECT_EQ(decision->front().event.donation_allocated().ShortDebugString(),
            request.donation_allocated().ShortDebugString());
  return "";
}

constexpr char kRice25[] = "lines { item_code: 'rice' quantity: '25' unit: 'kg' }";
constexpr char kRice12[] = "lines { item_code: 'rice' quantity: '12.5' unit: 'kg' }";
constexpr char kRiceMore[] = "lines { item_code: 'rice' quantity: '25.001' unit: 'kg' }";
constexpr char kRiceSome[] = "lines { item_code: 'rice' unit: 'kg' }";
constexpr char kRiceBag[] = "lines { item_code: 'rice' quantity: '1' unit: 'bag' }";
constexpr char kSoap[] = "lines { item_code: 'soap' quantity: '1' unit: 'piece' }";

TEST(DonationTest, AnUnknownDonationIsNotAllocated) {
  const auto decision = Decide(DonationState{}, pb::AllocateDonationRequest(), {});
  EXPECT_EQ(ErrorReason(decision.status()), "DONATION_UNKNOWN");
}

TEST(DonationTest, NeverMoreIsAllocatedThanWasReceived) {
  EXPECT_EQ(Refusal(kRice25, kRice25), "");
  EXPECT_EQ(Refusal(kRice25, std::string(kRice12) + kRice12), "");
  EXPECT_EQ(Refusal(std::string(kRice12) + kRice12, kRice25), "");
  EXPECT_EQ(Refusal(kRice25, kRiceMore), "MORE_THAN_RECEIVED");
  EXPECT_EQ(Refusal(kRice25, std::string(kRice25) + kRice12), "MORE_THAN_RECEIVED");
  EXPECT_EQ(Refusal(kRice25, kSoap), "MORE_THAN_RECEIVED");
  EXPECT_EQ(Refusal(kRice25, kRiceBag), "MORE_THAN_RECEIVED");
}

TEST(DonationTest, WhatNobodyCountedIsNotHeldAgainstAnAllocation) {
  EXPECT_EQ(Refusal(kRiceSome, kRiceMore), "");
  EXPECT_EQ(Refusal(std::string(kRice12) + kRiceSome, kRiceMore), "");
  EXPECT_EQ(Refusal(kRice25, kRiceSome), "");
  EXPECT_EQ(Refusal("", kRiceMore), "");
  EXPECT_EQ(Refusal("cash { amount_minor: 5000 currency: 'USD' }", ""), "");
  EXPECT_EQ(Refusal("cash { amount_minor: 5000 currency: 'USD' }", kRice12), "MORE_THAN_RECEIVED");
}

TEST(DonationTest, ANumberTooLargeNamesItsLine) {
  const auto request = command::FromText<pb::AllocateDonationRequest>(
      "donation_allocated { lines { item_code: 'rice' quantity: '99999999999999999999' } }");
  const absl::Status status = Decide(DonationState{}, request, {}).status();
  EXPECT_EQ(ErrorReason(status), "DECIMAL_OVERFLOW");
  EXPECT_EQ(ErrorField(status), "donation_allocated.lines[0].quantity");
}

}  // namespace
}  // namespace mlup::donations
