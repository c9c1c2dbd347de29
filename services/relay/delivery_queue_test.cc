// The order of deliveries, retries and dead letters.
#include "services/relay/delivery_queue.h"

#include <gtest/gtest.h>

namespace mlup::relay {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

Failure Refusal(absl::Time at, std::string event_id = "e") {
  return {.at = at,
          .delay = absl::Seconds(10),
          .refused = true,
          .because = "answered 500",
          .event_id = std::move(event_id),
          .type = "t"};
}

Failure Silence(absl::Time at) {
  Failure failure = Refusal(at);
  failure.refused = false;
  return failure;
}

// Fails the first of the queue until it is dead; true when it died.
bool FailUntilDead(DeliveryQueue& queue, Position position, const Failure& failure, int tries) {
  for (int i = 0; i < tries; ++i) {
    Failure next = failure;
    next.at = kStart + i * absl::Minutes(1);
    EXPECT_EQ(queue.Begin(next.at), position);
    if (queue.Fail(position, next).dead()) return true;
  }
  return false;
}

TEST(DeliveryQueueTest, OneEventOfAStreamAtATime) {
  DeliveryQueue queue({});
  queue.Add("case/a", {1});
  queue.Add("case/a", {2});
  queue.Add("case/b", {3});
  EXPECT_EQ(queue.Begin(kStart), Position{1});
  EXPECT_EQ(queue.Begin(kStart), Position{3});
  EXPECT_EQ(queue.Begin(kStart), std::nullopt);
  queue.Delivered({1}, kStart);
  EXPECT_EQ(queue.Begin(kStart), Position{2});
  queue.Delivered({3}, kStart);
  queue.Delivered({2}, kStart);
  EXPECT_EQ(queue.size(), 0U);
  EXPECT_EQ(queue.NextDue(), absl::InfiniteFuture());
}

TEST(DeliveryQueueTest, ARetryHoldsBackItsStreamAndNoOther) {
  DeliveryQueue queue({});
  queue.Add("case/a", {1});
  queue.Add("case/a", {2});
  queue.Add("case/b", {3});
  EXPECT_EQ(queue.Begin(kStart), Position{1});
  EXPECT_FALSE(queue.Fail({1}, Refusal(kStart)).dead());
  EXPECT_EQ(queue.Begin(kStart), Position{3});
  queue.Delivered({3}, kStart);
  EXPECT_EQ(queue.Begin(kStart), std::nullopt);
  EXPECT_EQ(queue.NextDue(), kStart + absl::Seconds(10));
  EXPECT_EQ(queue.retrying(), 1U);
  EXPECT_EQ(queue.Begin(kStart + absl::Seconds(10)), Position{1});
}

TEST(DeliveryQueueTest, AfterTwelveRefusalsAnEventIsSetAside) {
  DeliveryQueue queue({});
  queue.Add("case/a", {1});
  queue.Add("case/a", {2});
  EXPECT_FALSE(FailUntilDead(queue, {1}, Refusal(kStart), 11));
  EXPECT_EQ(queue.Begin(kStart + absl::Hours(1)), Position{1});
  EXPECT_TRUE(queue.Fail({1}, Refusal(kStart + absl::Hours(1))).dead());
  EXPECT_EQ(queue.Begin(kStart + absl::Hours(2)), std::nullopt) << "2 waits for a person";
  EXPECT_EQ(queue.behind_dead(), 1U);
  EXPECT_EQ(queue.LowestUndelivered(), Position{2});
  ASSERT_EQ(queue.DeadLetters().size(), 1U);
  EXPECT_EQ(queue.DeadLetters()[0].tries(), 12U);
  EXPECT_EQ(queue.DeadLetters()[0].stream(), "case/a");
}

TEST(DeliveryQueueTest, AfterADayOfRefusalsAnEventIsSetAside) {
  DeliveryQueue queue({});
  queue.Add("case/a", {1});
  EXPECT_EQ(queue.Begin(kStart), Position{1});
  EXPECT_FALSE(queue.Fail({1}, Refusal(kStart)).dead());
  EXPECT_EQ(queue.Begin(kStart + absl::Hours(24)), Position{1});
  EXPECT_TRUE(queue.Fail({1}, Refusal(kStart + absl::Hours(24))).dead());
}

TEST(DeliveryQueueTest, AReceiverThatIsDownMakesNoDeadLetters) {
  DeliveryQueue queue({});
  queue.Add("case/a", {1});
  EXPECT_FALSE(FailUntilDead(queue, {1}, Silence(kStart), 3000));
}

TEST(DeliveryQueueTest, AnEventThatOnlyItselfGetsNoAnswerIsSetAside) {
  DeliveryQueue queue({});
  queue.Add("case/a", {1});
  EXPECT_FALSE(FailUntilDead(queue, {1}, Silence(kStart), 12));
  queue.Add("case/b", {2});
  EXPECT_EQ(queue.Begin(kStart), Position{2});
  queue.Delivered({2}, kStart + absl::Minutes(20));
  EXPECT_EQ(queue.Begin(kStart + absl::Hours(1)), Position{1});
  EXPECT_TRUE(queue.Fail({1}, Silence(kStart + absl::Hours(1))).dead());
}

TEST(DeliveryQueueTest, AReplayedLetterIsTriedAtOnceAndCountsAnew) {
  DeliveryQueue queue({.tries_max = 1});
  queue.Add("case/a", {1});
  queue.Begin(kStart);
  ASSERT_TRUE(queue.Fail({1}, Refusal(kStart, "event-1")).dead());
  EXPECT_FALSE(queue.Revive("event-2").has_value());
  EXPECT_EQ(queue.Revive("event-1")->tries(), 0U);
  EXPECT_EQ(queue.dead(), 0U);
  EXPECT_EQ(queue.Begin(kStart), Position{1});
}

TEST(DeliveryQueueTest, ALetterThatIsGivenUpLetsItsStreamGoOn) {
  DeliveryQueue queue({.tries_max = 1});
  queue.Add("case/a", {1});
  queue.Add("case/a", {2});
  queue.Begin(kStart);
  queue.Fail({1}, Refusal(kStart, "event-1"));
  EXPECT_EQ(queue.GiveUp("event-1")->position(), 1U);
  EXPECT_EQ(queue.Begin(kStart), Position{2});
}

TEST(DeliveryQueueTest, WhatCouldNotBeTriedHasNoTriesMore) {
  DeliveryQueue queue({.tries_max = 1});
  queue.Add("case/a", {1});
  queue.Begin(kStart);
  queue.Postpone({1}, kStart + absl::Seconds(1));
  EXPECT_EQ(queue.Begin(kStart), std::nullopt);
  EXPECT_EQ(queue.Begin(kStart + absl::Seconds(1)), Position{1});
  EXPECT_EQ(queue.Tries({1}), 0U);
}

TEST(DeliveryQueueTest, LettersRestoreTheQueue) {
  DeliveryQueue queue({.tries_max = 2});
  for (std::uint64_t i = 1; i <= 6; ++i) queue.Add(i % 2 == 0 ? "case/a" : "case/b", {i});
  queue.Begin(kStart);
  queue.Fail({1}, Refusal(kStart));
  queue.Begin(kStart + absl::Minutes(1));
  queue.Begin(kStart + absl::Minutes(1));
  EXPECT_TRUE(queue.Fail({1}, Refusal(kStart + absl::Minutes(1))).dead());
  DeliveryQueue restored({.tries_max = 2});
  for (const v1::Letter& letter : queue.Letters()) restored.Restore(letter);
  EXPECT_EQ(restored.size(), 6U);
  EXPECT_EQ(restored.dead(), 1U);
  EXPECT_EQ(restored.Begin(kStart), Position{2}) << "it was in flight";
  EXPECT_EQ(restored.Begin(kStart), std::nullopt);
}

TEST(DeliveryQueueTest, ForgettingKeepsWhatIsOlder) {
  DeliveryQueue queue({.tries_max = 1});
  queue.Add("case/a", {1});
  queue.Add("case/a", {4});
  queue.Add("case/b", {5});
  queue.Begin(kStart);
  queue.Fail({1}, Refusal(kStart));
  EXPECT_EQ(queue.ForgetAfter({3}).size(), 2U);
  EXPECT_EQ(queue.size(), 1U);
  EXPECT_EQ(queue.dead(), 1U);
  queue.Add("case/a", {4});
  EXPECT_EQ(queue.Begin(kStart), std::nullopt);
}

}  // namespace
}  // namespace mlup::relay
