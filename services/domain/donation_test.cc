// The rules of a donation: no more is allocated than was received.
#include "services/domain/donation.h"

#include "gtest/gtest.h"

#include "services/domain/rule_test.h"

namespace mlup::domain::donation_test {
namespace {

constexpr char kDonation[] = "donation/d";
constexpr char kRice25[] = "lines { item_code: 'rice' quantity: '25' unit: 'kg' }";
constexpr char kRice12[] = "lines { item_code: 'rice' quantity: '12.5' unit: 'kg' }";
constexpr char kRiceMore[] = "lines { item_code: 'rice' quantity: '25.001' unit: 'kg' }";
constexpr char kRiceSome[] = "lines { item_code: 'rice' unit: 'kg' }";
constexpr char kRiceBag[] = "lines { item_code: 'rice' quantity: '1' unit: 'bag' }";
constexpr char kSoap[] = "lines { item_code: 'soap' quantity: '1' unit: 'piece' }";
constexpr char kCash[] = "cash { amount_minor: 5000 currency: 'USD' }";

std::string Allocated(const std::string& lines) {
  return "donation_allocated { fund: 'food_support' " + lines + " }";
}

// The refusal of an allocation of `lines` after a donation of `received`.
std::string Refusal(const std::string& received, const std::string& lines) {
  return Given(kDonation, {"donation_received { " + received + " }"}).Refusal(Allocated(lines));
}

TEST(DonationTest, AnUnknownDonationIsNotAllocated) {
  EXPECT_EQ(Given(kDonation).Refusal(Allocated("")), "STREAM_UNKNOWN");
  EXPECT_EQ(Given(kDonation, {"document_attached { }"}).Refusal(Allocated("")), "DONATION_UNKNOWN");
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

TEST(DonationTest, ALaterAllocationReplacesAnEarlierOne) {
  EXPECT_EQ(
      Given(kDonation, {std::string("donation_received { ") + kRice25 + " }", Allocated(kRice25)})
          .Refusal(Allocated(kRice25)),
      "");
}

TEST(DonationTest, WhatNobodyCountedIsNotHeldAgainstAnAllocation) {
  EXPECT_EQ(Refusal(kRiceSome, kRiceMore), "");
  EXPECT_EQ(Refusal(std::string(kRice12) + kRiceSome, kRiceMore), "");
  EXPECT_EQ(Refusal(kRice25, kRiceSome), "");
  EXPECT_EQ(Refusal("", kRiceMore), "");
  EXPECT_EQ(Refusal(kCash, ""), "");
  EXPECT_EQ(Refusal(kCash, kRice12), "MORE_THAN_RECEIVED");
}

TEST(DonationTest, ANumberTooLargeNamesItsLine) {
  EXPECT_EQ(Refusal(kRice25, "lines { item_code: 'rice' quantity: '99999999999999999999' }"),
            "DECIMAL_OVERFLOW at donation_allocated.lines[0].quantity");
}

}  // namespace
}  // namespace mlup::domain::donation_test
