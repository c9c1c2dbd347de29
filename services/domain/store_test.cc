// The rules of a store, and of pledges and refunds.
#include "services/domain/store.h"

#include "gtest/gtest.h"

#include "services/domain/rule_test.h"

namespace mlup::domain::store_test {
namespace {

constexpr char kStore[] = "store/s";
constexpr char kOther[] = "store/t";

std::string Rice(const std::string& kilos) {
  return "lines { item_code: 'rice' unit: 'kg' quantity: '" + kilos + "' }";
}
std::string Sent(const std::string& kilos = "5", const std::string& id = "m") {
  return absl::StrCat("stock_moved { direction: STOCK_DIRECTION_OUT other_store_id: 't' move_id: '",
                      id, "' ", Rice(kilos), " }");
}
std::string Arrived(const std::string& kilos = "5", const std::string& id = "m") {
  return absl::StrCat("stock_moved { direction: STOCK_DIRECTION_IN other_store_id: 's' move_id: '",
                      id, "' ", Rice(kilos), " }");
}

TEST(StoreTest, AKitIsAssembledInAVersionThatIsDefined) {
  const std::string defined = "kit_defined { kit_code: 'pack' version: 1 }";
  EXPECT_EQ(Given(kStore, {defined}).Refusal("kit_assembled { kit_code: 'pack' version: 1 n: 3 }"),
            "");
  EXPECT_EQ(Given(kStore, {defined}).Refusal("kit_assembled { kit_code: 'pack' version: 2 n: 3 }"),
            "KIT_UNKNOWN");
}

TEST(StoreTest, WhatArrivesIsWhatTheOtherStoreSent) {
  EXPECT_EQ(Given(kStore).Refusal(Sent()), "");
  EXPECT_EQ(Given(kStore, {Sent()}).Refusal(Sent()), "MOVE_ID_USED");
  EXPECT_EQ(Given(kOther).Refusal(Arrived()), "MOVE_NOT_SENT");
  EXPECT_EQ(Given(kOther).And(kStore, {Sent()}).Refusal(Arrived()), "");
  EXPECT_EQ(Given(kOther).And(kStore, {Sent()}).Refusal(Arrived("4")), "MOVE_DIFFERS");
  EXPECT_EQ(Given(kOther).And(kStore, {Sent()}).Refusal(Arrived("6")), "MOVE_DIFFERS");
  EXPECT_EQ(Given(kOther, {Arrived()}).And(kStore, {Sent()}).Refusal(Arrived()), "MOVE_ID_USED");
  EXPECT_EQ(Given("store/u").And(kStore, {Sent()}).Refusal(Arrived()), "MOVE_NOT_SENT")
      << "sent to another store";
  EXPECT_EQ(Given("store/t").Refusal(Sent()), "OTHER_STORE at stock_moved.other_store_id");
  EXPECT_EQ(Given(kStore).Refusals({{kStore, Sent()}, {kOther, Arrived()}}),
            (std::vector<std::string>{"", ""}))
      << "both in one request";
}

TEST(StoreTest, AWriteOffNeedsAnApprovalThatIsUsedOnce) {
  const std::string asked =
      "approval_requested { approval_id: 'a' subject: APPROVAL_SUBJECT_WRITE_OFF }";
  const std::string granted = "approval_granted { approval_id: 'a' }";
  const std::string gone = "stock_written_off { approval_id: 'a' " + Rice("2") + " }";
  EXPECT_EQ(Given(kStore, {asked}).Refusal(gone), "APPROVAL_MISSING");
  EXPECT_EQ(Given(kStore, {asked, granted}).Refusal(gone), "");
  EXPECT_EQ(Given(kStore, {asked, granted, gone}).Refusal(gone), "APPROVAL_MISSING");
}

TEST(StoreTest, ACountIsOfQuantities) {
  EXPECT_EQ(Given(kStore).Refusal("stock_counted { " + Rice("7") + " }"), "");
  EXPECT_EQ(Given(kStore).Refusal("stock_counted { " + Rice("seven") + " }"),
            "DECIMAL_INVALID at stock_counted.lines[0].quantity");
}

TEST(PledgeTest, IsCancelledOnce) {
  const std::string pledged = "donation_pledged { pledge_id: 'p' }";
  const std::string cancelled = "pledge_cancelled { pledge_id: 'p' }";
  EXPECT_EQ(Given("donation/d").Refusal(pledged), "");
  EXPECT_EQ(Given("donation/d", {pledged}).Refusal(pledged), "STREAM_EXISTS");
  EXPECT_EQ(Given("donation/d", {pledged}).Refusal(cancelled), "");
  EXPECT_EQ(Given("donation/d", {pledged, cancelled}).Refusal(cancelled), "PLEDGE_NOT_OPEN");
}

TEST(DonationReversedTest, NeverMoreThanIsLeft) {
  const std::string received =
      "donation_received { cash { amount_minor: 1000 currency: 'USD' } " + Rice("5") + " }";
  const auto back = [](const std::string& what, const std::string& id = "e1") {
    return "donation_reversed { reverses_event_id: '" + id + "' " + what + " }";
  };
  const std::string cash = "cash { amount_minor: 600 currency: 'USD' }";
  EXPECT_EQ(Given("donation/d", {received}).Refusal(back(cash)), "");
  EXPECT_EQ(Given("donation/d", {received, back(cash)}).Refusal(back(cash)), "MORE_THAN_RECEIVED");
  EXPECT_EQ(
      Given("donation/d", {received}).Refusal(back("cash { amount_minor: 600 currency: 'KHR' }")),
      "MORE_THAN_RECEIVED");
  EXPECT_EQ(Given("donation/d", {received}).Refusal(back(Rice("5"))), "");
  EXPECT_EQ(Given("donation/d", {received, back(Rice("5"))}).Refusal(back(Rice("1"))),
            "MORE_THAN_RECEIVED");
  EXPECT_EQ(Given("donation/d", {received}).Refusal(back(cash, "e9")), "EVENT_NOT_ON_STREAM");
  EXPECT_EQ(Given("donation/d", {received}).Refusal(back("")),
            "FIELD_REQUIRED at donation_reversed.cash");
}

TEST(DonationAcknowledgedTest, WhereSomethingWasReceived) {
  EXPECT_EQ(Given("donation/d", {"donation_received { }"}).Refusal("donation_acknowledged { }"),
            "");
  EXPECT_EQ(Given("donation/d", {"donation_pledged { pledge_id: 'p' }"})
                .Refusal("donation_acknowledged { }"),
            "DONATION_UNKNOWN");
}

}  // namespace
}  // namespace mlup::domain::store_test
