// The rules of a consumer group, one by one, and all of them against a simple model.
#include "eventstore/bus/consumer_group.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "eventstore/base/random.h"

namespace mlup::log {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr ConsumerId kAnn = {1};
constexpr ConsumerId kBen = {2};

// A group in a world where time moves only when told.
class ConsumerGroupTest : public testing::Test {
 protected:
  // Streams of the events at 1, 2, 3, ...
  void Offer(const std::vector<std::string>& streams) {
    for (const std::string& stream : streams) {
      group->Offer({.position = {group->read_to().value + 1}, .stream_key = StreamKey64(stream)});
    }
  }
  // Who is given what, as `consumer:position`.
  std::vector<std::string> Dispatch(std::size_t each_max = 256) {
    std::vector<std::string> given;
    for (const auto& delivery : group->Dispatch(now, each_max)) {
      given.push_back(absl::StrCat(delivery.consumer.value, ":", delivery.event.position.value));
    }
    return given;
  }
  void Start(const GroupRules& chosen) {
    rules = chosen;
    group.emplace(rules);
  }
  void Restart() {
    GroupState state = group->Save();
    group.emplace(rules, std::move(state));
  }
  bool Ack(std::uint64_t position) { return group->Ack({position}, now); }
  bool Nack(ConsumerId consumer, std::uint64_t position, NackAction action) {
    return group->Nack(consumer, {position}, action, "broken", now);
  }
  void Pass(absl::Duration time) {
    now += time;
    group->Tick(now);
  }

  GroupRules rules;
  std::optional<ConsumerGroup> group{std::in_place, rules};
  absl::Time now = absl::FromUnixSeconds(1'700'000'000);
};

TEST_F(ConsumerGroupTest, ConsumersTakeTurnsAndAnEventWaitsForTheEarlierOneOfItsStream) {
  group->Connect(kAnn, 10);
  group->Connect(kBen, 10);
  Offer({"a", "b", "a", "c"});
  EXPECT_THAT(Dispatch(), ElementsAre("1:1", "2:2", "1:4"));
  EXPECT_TRUE(Ack(2));
  EXPECT_EQ(group->checkpoint(), Position{0});
  EXPECT_THAT(Dispatch(), IsEmpty());
  EXPECT_TRUE(Ack(1));
  EXPECT_EQ(group->checkpoint(), Position{2});
  EXPECT_THAT(Dispatch(), ElementsAre("2:3"));
  EXPECT_FALSE(Ack(1)) << "finished already";
}

TEST_F(ConsumerGroupTest, WithoutOrderEventsOfAStreamGoOutTogether) {
  Start({.ordered = false});
  group->Connect(kAnn, 2);
  group->Connect(kBen, 2);
  Offer({"a", "a", "a", "a", "a"});
  EXPECT_THAT(Dispatch(), ElementsAre("1:1", "2:2", "1:3", "2:4"));
  EXPECT_TRUE(Ack(3));
  EXPECT_THAT(Dispatch(), ElementsAre("1:5"));
}

TEST_F(ConsumerGroupTest, OneConsumerIsFilledBeforeTheNext) {
  Start({.strategy = Strategy::kDispatchToSingle});
  group->Connect(kAnn, 2);
  group->Connect(kBen, 2);
  Offer({"a", "b", "c", "d", "e"});
  EXPECT_THAT(Dispatch(), ElementsAre("1:1", "1:2", "2:3", "2:4"));
}

TEST_F(ConsumerGroupTest, APinnedStreamStaysWithItsConsumer) {
  Start({.strategy = Strategy::kPinned, .ordered = false});
  group->Connect(kAnn, 100);
  group->Connect(kBen, 100);
  std::map<std::uint64_t, std::set<std::uint64_t>> consumers_of;
  for (int i = 0; i < 60; ++i) Offer({absl::StrCat("stream", i % 20)});
  for (const auto& delivery : group->Dispatch(now, 256)) {
    consumers_of[delivery.event.stream_key].insert(delivery.consumer.value);
  }
  std::set<std::uint64_t> used;
  for (const auto& [stream, consumers] : consumers_of) {
    EXPECT_EQ(consumers.size(), 1u);
    used.insert(consumers.begin(), consumers.end());
  }
  EXPECT_EQ(used.size(), 2u);
}

TEST_F(ConsumerGroupTest, CreditsOpennessAndTheGroupBoundWhatIsInFlight) {
  Start({.ordered = false, .in_flight_max = 5});
  group->Connect(kAnn, 3);
  group->Connect(kBen, 10);
  group->SetOpen(kBen, false);
  Offer({"a", "b", "c", "d", "e", "f", "g"});
  EXPECT_THAT(Dispatch(2), ElementsAre("1:1", "1:2"));
  EXPECT_THAT(Dispatch(), ElementsAre("1:3"));
  group->SetOpen(kBen, true);
  EXPECT_THAT(Dispatch(), ElementsAre("2:4", "2:5"));
  EXPECT_THAT(Dispatch(), IsEmpty());
}

TEST_F(ConsumerGroupTest, ARetryWaitsLongerEachTimeAndThenTheEventIsParked) {
  Start({.retries_max = 2,
         .retry_delay_min = absl::Seconds(1),
         .retry_delay_max = absl::Seconds(10)});
  group->Connect(kAnn, 10);
  Offer({"a", "a", "b"});
  EXPECT_THAT(Dispatch(), ElementsAre("1:1", "1:3"));
  EXPECT_FALSE(Nack(kBen, 1, NackAction::kRetry)) << "not its event";
  for (const absl::Duration delay : {absl::Seconds(1), absl::Seconds(2)}) {
    EXPECT_TRUE(Nack(kAnn, 1, NackAction::kRetry));
    Pass(delay - absl::Milliseconds(1));
    EXPECT_THAT(Dispatch(), IsEmpty());
    Pass(absl::Milliseconds(1));
    EXPECT_THAT(Dispatch(), ElementsAre("1:1"));
  }
  EXPECT_TRUE(Nack(kAnn, 1, NackAction::kRetry));
  ASSERT_EQ(group->parked().size(), 1u);
  EXPECT_EQ(group->parked().at({1}).reason, "broken");
  EXPECT_EQ(group->parked().at({1}).event.tries, 3u);
  EXPECT_EQ(group->checkpoint(), Position{1}) << "parked is not in the way";
  EXPECT_THAT(Dispatch(), ElementsAre("1:2"));
}

TEST_F(ConsumerGroupTest, ARetryWithoutADelayComesAtOnceAndBeforeLaterEvents) {
  Start({.ordered = false, .retries_max = 3, .retry_delay_min = {}, .retry_delay_max = {}});
  group->Connect(kAnn, 1);
  Offer({"a", "a", "b"});
  for (int tries = 0; tries < 3; ++tries) {
    EXPECT_THAT(Dispatch(), ElementsAre("1:1"));
    EXPECT_TRUE(Nack(kAnn, 1, NackAction::kRetry));
    EXPECT_EQ(group->waiting_for_retry(), 0u);
  }
  EXPECT_THAT(Dispatch(), ElementsAre("1:1"));
  EXPECT_TRUE(Nack(kAnn, 1, NackAction::kRetry)) << "the last time";
  EXPECT_EQ(group->parked().size(), 1u);
  EXPECT_THAT(Dispatch(), ElementsAre("1:2"));
  // A lost consumer and a missing answer are failed deliveries too.
  group->Disconnect(kAnn, now);
  group->Connect(kBen, 1);
  EXPECT_THAT(Dispatch(), ElementsAre("2:2"));
  Pass(absl::Seconds(30));
  EXPECT_THAT(Dispatch(), ElementsAre("2:2"));
}

TEST_F(ConsumerGroupTest, WhatCannotBeParkedWaitsEvenWithoutADelay) {
  Start({.ordered = false, .retry_delay_min = {}, .retry_delay_max = {}});
  group->Connect(kAnn, kGroupInFlightMax);
  for (std::size_t i = 0; i <= kGroupParkedMax; ++i) Offer({"a"});
  group->Dispatch(now, kGroupInFlightMax);
  for (std::size_t i = 0; i <= kGroupParkedMax; ++i) {
    EXPECT_TRUE(Nack(kAnn, i + 1, NackAction::kPark));
  }
  EXPECT_THAT(Dispatch(), IsEmpty());
  Pass(absl::Seconds(1));
  EXPECT_EQ(group->Dispatch(now, 10).size(), 1u);
}

TEST_F(ConsumerGroupTest, NoAnswerInTimeIsAFailedDeliveryAndALateAckStillCounts) {
  group->Connect(kAnn, 10);
  Offer({"a"});
  Dispatch();
  EXPECT_EQ(group->NextTimer(), now + absl::Seconds(30));
  Pass(absl::Seconds(30));
  EXPECT_EQ(group->waiting_for_retry(), 1u);
  EXPECT_TRUE(Ack(1));
  EXPECT_EQ(group->unfinished(), 0u);
  EXPECT_EQ(group->NextTimer(), absl::InfiniteFuture());
}

TEST_F(ConsumerGroupTest, WhatALostConsumerHeldGoesToOthersAndOnlyItsOldestCounts) {
  group->Connect(kAnn, 10);
  Offer({"a", "b", "c"});
  Dispatch();
  group->Disconnect(kAnn, now);
  group->Connect(kBen, 10);
  EXPECT_THAT(Dispatch(), ElementsAre("2:2", "2:3"));
  Pass(absl::Milliseconds(100));
  const auto again = group->Dispatch(now, 256);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].event.position, Position{1});
  EXPECT_EQ(again[0].event.tries, 1u);
}

TEST_F(ConsumerGroupTest, AStopHoldsTheGroupUntilItIsResumed) {
  group->Connect(kAnn, 10);
  Offer({"a", "b"});
  Dispatch(1);
  EXPECT_TRUE(Nack(kAnn, 1, NackAction::kStop));
  EXPECT_THAT(Dispatch(), IsEmpty());
  EXPECT_EQ(group->stopped_because(), "a consumer stopped the group at position 1: broken");
  Restart();
  group->Connect(kAnn, 10);
  EXPECT_THAT(Dispatch(), IsEmpty()) << "a restart does not hide it";
  group->Resume();
  EXPECT_THAT(Dispatch(), ElementsAre("1:1", "1:2"));
}

TEST_F(ConsumerGroupTest, ParkedEventsAreReplayedInOrderBeforeLaterOnesOfTheirStream) {
  group->Connect(kAnn, 1);
  Offer({"a", "a", "b"});
  Dispatch();
  EXPECT_TRUE(Nack(kAnn, 1, NackAction::kPark));
  EXPECT_EQ(group->ReplayParked({}, 0, now), 1u);
  EXPECT_EQ(group->checkpoint(), Position{0});
  EXPECT_THAT(Dispatch(), ElementsAre("1:1"));
  EXPECT_TRUE(Nack(kAnn, 1, NackAction::kPark));
  EXPECT_EQ(group->SkipParked({{1}, {2}}, now), 1u);
  EXPECT_THAT(Dispatch(), ElementsAre("1:2"));
}

TEST_F(ConsumerGroupTest, AReplayedEventWaitsForTheLaterOneThatIsBeingHandled) {
  group->Connect(kAnn, 10);
  Offer({"a", "a"});
  Dispatch();
  EXPECT_TRUE(Nack(kAnn, 1, NackAction::kPark));
  EXPECT_THAT(Dispatch(), ElementsAre("1:2"));
  EXPECT_EQ(group->ReplayParked({}, 0, now), 1u);
  EXPECT_THAT(Dispatch(), IsEmpty());
  EXPECT_TRUE(Nack(kAnn, 2, NackAction::kRetry));
  EXPECT_THAT(Dispatch(), ElementsAre("1:1")) << "as soon as that one has been answered";
}

TEST_F(ConsumerGroupTest, WhatWasNeverGivenOutCannotBeAcknowledged) {
  group->Connect(kAnn, 10);
  Offer({"a"});
  EXPECT_FALSE(Ack(1));
  EXPECT_THAT(Dispatch(), ElementsAre("1:1"));
  EXPECT_EQ(group->oldest_unacked_since(), now);
  EXPECT_EQ(group->oldest_unacked(), Position{1});
  group->Return(kAnn, {1});
  EXPECT_EQ(group->oldest_unacked_since(), absl::InfiniteFuture()) << "it was not sent after all";
  EXPECT_FALSE(Ack(1));
}

TEST_F(ConsumerGroupTest, AFullListOfParkedEventsKeepsTheRestWaiting) {
  Start({.ordered = false, .retries_max = 0});
  group->Connect(kAnn, kGroupInFlightMax);
  for (std::size_t i = 0; i <= kGroupParkedMax; ++i) Offer({"a"});
  group->Dispatch(now, kGroupInFlightMax);
  for (std::size_t i = 0; i <= kGroupParkedMax; ++i)
    EXPECT_TRUE(Nack(kAnn, i + 1, NackAction::kPark));
  EXPECT_TRUE(group->parked_is_full());
  EXPECT_EQ(group->waiting_for_retry(), 1u);
  EXPECT_EQ(group->SkipParked({{1}}, now), 1u);
  Pass(absl::Minutes(1));
  EXPECT_EQ(group->Dispatch(now, 10).size(), 1u);
}

TEST_F(ConsumerGroupTest, ARestartForgetsNothingThatIsNotDone) {
  group->Connect(kAnn, 10);
  Offer({"a", "b", "c", "d", "e"});
  group->Passed({9});
  Dispatch();
  Ack(2);
  Nack(kAnn, 3, NackAction::kPark);
  Nack(kAnn, 4, NackAction::kRetry);
  Restart();
  EXPECT_EQ(group->read_to(), Position{9});
  EXPECT_EQ(group->checkpoint(), Position{0});
  group->Connect(kBen, 10);
  EXPECT_THAT(Dispatch(), ElementsAre("2:1", "2:4", "2:5"));
  EXPECT_EQ(group->parked().size(), 1u);
}

// Goal: with random consumers, answers, timeouts, crashes and restarts, every event is finished
// exactly when it was acknowledged or skipped, no finished event is given out again, an event never
// overtakes an earlier unfinished one of its stream, and bounds hold. Method: a model that knows
// only what the consumers did.
class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : random_(seed) {
    rules_.ordered = random_.Next() % 4 != 0;
    rules_.strategy = static_cast<Strategy>(random_.Next() % 3);
    rules_.retries_max = static_cast<std::uint32_t>(random_.Next() % 3);
    rules_.in_flight_max = 1 + random_.Next() % 20;
    group_.emplace(rules_);
  }

  void Run(int steps) {
    for (int i = 0; i < steps; ++i) Step();
    // In the end somebody handles everything.
    while (finished_.size() < streams_.size()) {
      if (consumers_.empty()) Connect();
      group_->ReplayParked({}, 0, now_);
      now_ += absl::Minutes(2);
      group_->Tick(now_);
      Dispatch();
      while (!held_.empty()) Answer(/*always_ack=*/true);
      if (testing::Test::HasFailure()) return;
    }
    EXPECT_EQ(group_->checkpoint().value, streams_.size());
    EXPECT_EQ(group_->Save().unfinished.size(), 0u);
  }

 private:
  void Step() {
    switch (random_.Next() % 12) {
      case 0:
      case 1:
      case 2:
        return Offer();
      case 3:
      case 4:
        return Dispatch();
      case 5:
      case 6:
      case 7:
        return Answer(false);
      case 8:
        now_ += absl::Seconds(static_cast<double>(random_.Next() % 40));
        return group_->Tick(now_);
      case 9:
        return consumers_.size() < 3 ? Connect() : Disconnect();
      case 10:
        return Restart();
      default:
        group_->ReplayParked({}, random_.Next() % 2, now_);
    }
  }

  void Offer() {
    const std::uint64_t stream = random_.Next() % 5;
    streams_.push_back(stream);
    group_->Offer({.position = {streams_.size()}, .stream_key = stream});
  }

  void Dispatch() {
    for (const auto& delivery : group_->Dispatch(now_, 1 + random_.Next() % 5)) {
      const std::uint64_t position = delivery.event.position.value;
      ASSERT_EQ(finished_.count(position), 0u) << "given out although finished: " << position;
      if (rules_.ordered) ExpectInOrder(position);
      held_[position] = delivery.consumer;
      ASSERT_TRUE(consumers_.count(delivery.consumer)) << "given to somebody who is not there";
    }
    ASSERT_LE(group_->in_flight(), rules_.in_flight_max);
    for (const ConsumerId consumer : consumers_) ASSERT_LE(group_->in_flight_of(consumer), 4u);
  }

  void ExpectInOrder(std::uint64_t position) {
    for (std::uint64_t earlier = 1; earlier < position; ++earlier) {
      const bool same = streams_[earlier - 1] == streams_[position - 1];
      if (same && finished_.count(earlier) == 0) {
        ASSERT_TRUE(group_->parked().count({earlier})) << position << " overtook " << earlier;
      }
    }
  }

  void Answer(bool always_ack) {
    if (held_.empty()) return;
    const auto at =
        std::next(held_.begin(), static_cast<std::ptrdiff_t>(random_.Next() % held_.size()));
    const auto [position, consumer] = *at;
    held_.erase(at);
    const std::uint64_t choice = always_ack ? 0 : random_.Next() % 6;
    if (choice < 3) {
      // A late ack may come for an event that is parked by now: that one is not finished.
      if (group_->Ack({position}, now_)) finished_.insert(position);
    } else if (choice == 3) {
      if (group_->Nack(consumer, {position}, NackAction::kSkip, "", now_))
        finished_.insert(position);
    } else {
      group_->Nack(consumer, {position}, choice == 4 ? NackAction::kRetry : NackAction::kPark, "no",
                   now_);
    }
  }

  void Connect() {
    const ConsumerId id = {++last_consumer_};
    consumers_.insert(id);
    group_->Connect(id, 4);
  }

  void Disconnect() {
    const ConsumerId id = *consumers_.begin();
    consumers_.erase(id);
    group_->Disconnect(id, now_);
  }

  void Restart() {
    GroupState state = group_->Save();
    group_.emplace(rules_, std::move(state));
    consumers_.clear();
    held_.clear();
  }

  SeededRandom random_;
  GroupRules rules_;
  std::optional<ConsumerGroup> group_;
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  std::uint64_t last_consumer_ = 0;
  std::set<ConsumerId> consumers_;
  std::vector<std::uint64_t> streams_;        // of the event at i + 1
  std::map<std::uint64_t, ConsumerId> held_;  // by the consumers, as they see it
  std::set<std::uint64_t> finished_;
};

TEST(ConsumerGroupProperty, NothingIsLostNorGivenOutAfterItIsDoneNorOvertaken) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Simulation(seed).Run(600);
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace mlup::log
