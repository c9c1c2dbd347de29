// Where subscriptions begin, what they select and what they tell, for every EventLog.
#include <vector>

#include "gmock/gmock.h"

#include "eventstore/base/status.h"
#include "eventstore/bus/subscription.h"
#include "eventstore/log/timestamp.h"
#include "tests/conformance/event_log_suite.h"

namespace mlup::log {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

void Append(EventLog& log, Appends& appends, const std::string& stream, int count = 1) {
  ASSERT_TRUE(log.Append(appends.To(stream, count)).ok());
}

// All positions that a subscription delivers until it has nothing more, and where it stands then.
struct Delivered {
  std::vector<std::uint64_t> positions;
  std::uint64_t told = 0;
  std::uint64_t history = 0;
  absl::Status status;
};

Delivered Follow(EventLog& log, const pb::SubscribeRequest& request) {
  Subscription subscription(log, request);
  Delivered delivered;
  while (true) {
    const auto message = subscription.Next(absl::ZeroDuration());
    delivered.status = message.status();
    if (!message.ok() || message->kind_case() == pb::SubscribeResponse::KIND_NOT_SET) {
      return delivered;
    }
    for (const pb::Record& record : message->batch().records()) {
      delivered.positions.push_back(record.position());
      delivered.told = record.position();
    }
    if (message->has_caught_up()) delivered.told = message->caught_up().position();
    if (message->has_checkpoint()) delivered.told = message->checkpoint().position();
    delivered.history = message->history();
  }
}

TEST_P(EventLogSuite, AllKindsOfFiltersSelectOnTheServer) {
  pb::AppendRequest request = appends_.To(appends_.Stream("case"), 3);
  appends_.Add(request, appends_.Stream("person"), 2);
  for (int i = 0; i < 3; ++i) {
    pb::Event& event = *request.mutable_writes(0)->mutable_events(i);
    event.set_sector(i == 0 ? pb::SECTOR_RCI : pb::SECTOR_CASE_MGMT);
    event.set_place(i == 2 ? "0203" : "120405");
    event.set_type("mlup.cases.v1.CaseNoted");
    event.set_correlation_id(i == 0 ? "visit-7" : "visit-8");
    event.set_source_system("oscar");
    event.set_source_id(i == 1 ? "12" : "13");
  }
  request.mutable_writes(1)->mutable_events(1)->set_correlation_id("visit-7");
  ASSERT_TRUE(log().Append(request).ok());
  const auto follow = [&](auto set) {
    pb::SubscribeRequest subscribe;
    set(*subscribe.mutable_filter());
    const Delivered delivered = Follow(log(), subscribe);
    EXPECT_EQ(delivered.told, 5u);
    return delivered.positions;
  };
  const std::string person = request.writes(1).stream();
  EXPECT_THAT(follow([](auto&) {}), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(follow([](auto& f) { f.add_categories("person"); }), ElementsAre(4, 5));
  EXPECT_THAT(follow([&](auto& f) { f.add_stream_prefixes(person); }), ElementsAre(4, 5));
  EXPECT_THAT(follow([](auto& f) { f.add_type_prefixes("mlup.cases."); }), ElementsAre(1, 2, 3));
  EXPECT_THAT(follow([](auto& f) { f.add_sectors(pb::SECTOR_CASE_MGMT); }), ElementsAre(2, 3));
  EXPECT_THAT(follow([](auto& f) { f.add_places("12"); }), ElementsAre(1, 2));
  EXPECT_THAT(follow([](auto& f) {
                f.add_places("12");
                f.add_sectors(pb::SECTOR_CASE_MGMT);
              }),
              ElementsAre(2));
  EXPECT_THAT(follow([](auto& f) { f.add_types("mlup.none.v1.None"); }), IsEmpty());
  EXPECT_THAT(follow([](auto& f) { f.add_correlation_ids("visit-7"); }), ElementsAre(1, 5));
  EXPECT_THAT(follow([](auto& f) { f.add_sources("oscar"); }), ElementsAre(1, 2, 3));
  EXPECT_THAT(follow([](auto& f) { f.add_sources("oscar/12"); }), ElementsAre(2));
}

TEST_P(EventLogSuite, AFollowerBeginsAtTheStartTheEndAPositionOrATime) {
  const absl::Time start = clock_.Now();
  Append(log(), appends_, appends_.Stream(), 2);
  clock_.Advance(absl::Seconds(10));
  Append(log(), appends_, appends_.Stream(), 2);
  clock_.Advance(absl::Seconds(10));
  Append(log(), appends_, appends_.Stream());
  const auto from_time = [&](absl::Duration after) {
    pb::SubscribeRequest request;
    *request.mutable_from_time() = ToTimestamp(start + after);
    return Follow(log(), request).positions;
  };
  EXPECT_THAT(Follow(log(), {}).positions, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(from_time(-absl::Hours(1)), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(from_time(absl::ZeroDuration()), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(from_time(absl::Nanoseconds(1)), ElementsAre(3, 4, 5));
  EXPECT_THAT(from_time(absl::Seconds(10)), ElementsAre(3, 4, 5));
  EXPECT_THAT(from_time(absl::Seconds(20)), ElementsAre(5));
  EXPECT_THAT(from_time(absl::Seconds(21)), IsEmpty());
  pb::SubscribeRequest request;
  request.set_after_position(3);
  EXPECT_THAT(Follow(log(), request).positions, ElementsAre(4, 5));

  request.Clear();
  request.set_from_end(true);
  Subscription subscription(log(), request);
  EXPECT_EQ(subscription.Next(absl::ZeroDuration())->caught_up().position(), 5u);
  Append(log(), appends_, appends_.Stream());
  EXPECT_EQ(subscription.Next(absl::ZeroDuration())->batch().records(0).position(), 6u);
}

TEST_P(EventLogSuite, TheHistoryIsToldAndCheckedWhenResuming) {
  Append(log(), appends_, appends_.Stream("case"), 3);
  pb::SubscribeRequest request;
  request.mutable_filter()->add_categories("person");
  const Delivered nothing = Follow(log(), request);
  EXPECT_EQ(nothing.told, 3u);
  const Delivered all = Follow(log(), {});
  EXPECT_EQ(all.history, nothing.history) << "of the position, whatever the filter";

  request.Clear();
  request.set_after_position(3);
  request.set_history(all.history);
  EXPECT_TRUE(Follow(log(), request).status.ok());
  request.set_history(all.history + 1);
  EXPECT_EQ(ErrorReason(Follow(log(), request).status), "ANOTHER_HISTORY");
  request.set_after_position(4);
  EXPECT_EQ(ErrorReason(Follow(log(), request).status), "POSITION_PAST_HEAD");
  request.clear_history();
  EXPECT_EQ(ErrorReason(Follow(log(), request).status), "POSITION_PAST_HEAD");
}

TEST_P(EventLogSuite, TheLogsOwnEventsAreHiddenFromFollowersOnly) {
  Append(held(), appends_, "system/map");
  Append(log(), appends_, appends_.Stream());
  Append(held(), appends_, "system/map", 2);
  EXPECT_EQ(log().ReadAll({})->records_size(), 4);
  const Delivered hidden = Follow(log(), {});
  EXPECT_THAT(hidden.positions, ElementsAre(2));
  EXPECT_EQ(hidden.told, 4u);
  pb::SubscribeRequest request;
  request.set_include_system(true);
  EXPECT_THAT(Follow(log(), request).positions, ElementsAre(1, 2, 3, 4));
}

TEST_P(EventLogSuite, OneStreamIsFollowedFromAnyPosition) {
  const std::string stream = appends_.Stream();
  std::vector<std::uint64_t> all;
  for (int i = 0; i < 9; ++i) {
    Append(log(), appends_, stream, 2);
    Append(log(), appends_, appends_.Stream(), 3);
    all.push_back(log().Head()->value - 4);
    all.push_back(log().Head()->value - 3);
  }
  for (std::uint64_t after = 0; after <= 45; ++after) {
    pb::SubscribeRequest request;
    request.set_after_position(after);
    request.set_batch_max(4);
    request.mutable_filter()->add_stream_prefixes(stream);
    const Delivered delivered = Follow(log(), request);
    std::vector<std::uint64_t> expected;
    for (const std::uint64_t position : all) {
      if (position > after) expected.push_back(position);
    }
    ASSERT_EQ(delivered.positions, expected) << "after " << after;
    ASSERT_EQ(delivered.told, 45u);
  }
  pb::SubscribeRequest request;
  request.set_from_end(true);
  request.mutable_filter()->add_stream_prefixes(stream);
  Subscription subscription(log(), request);
  EXPECT_EQ(subscription.Next(absl::ZeroDuration())->caught_up().position(), 45u);
  Append(log(), appends_, appends_.Stream());
  EXPECT_EQ(subscription.Next(absl::ZeroDuration())->checkpoint().position(), 46u);
  Append(log(), appends_, stream);
  EXPECT_EQ(subscription.Next(absl::ZeroDuration())->batch().records(0).position(), 47u);

  request.Clear();
  request.mutable_filter()->add_stream_prefixes(stream);
  request.mutable_filter()->add_sectors(pb::SECTOR_RCI);
  EXPECT_THAT(Follow(log(), request).positions, IsEmpty()) << "other lists narrow it further";
  request.set_after_position(99);
  EXPECT_EQ(ErrorReason(Follow(log(), request).status), "POSITION_PAST_HEAD");
}

TEST_P(EventLogSuite, BatchesAreBoundedByTheirNumberAndBytes) {
  for (int i = 0; i < 10; ++i) Append(log(), appends_, appends_.Stream());
  pb::SubscribeRequest request;
  request.set_batch_max(4);
  Subscription small(log(), request);
  for (const int expected : {4, 4, 2}) {
    EXPECT_EQ(small.Next(absl::ZeroDuration())->batch().records_size(), expected);
  }
  for (int i = 0; i < 12; ++i) {
    pb::AppendRequest append = appends_.To(appends_.Stream(), 0);
    *append.mutable_writes(0)->add_events() = appends_.Event("mlup.test.v1.Noted", 250 << 10);
    ASSERT_TRUE(log().Append(append).ok());
  }
  request.Clear();
  request.set_after_position(10);
  request.set_batch_max(1024);
  Subscription large(log(), request);
  EXPECT_EQ(large.Next(absl::ZeroDuration())->batch().records_size(), 8);
  EXPECT_EQ(large.Next(absl::ZeroDuration())->batch().records_size(), 4);
}

TEST_P(EventLogSuite, BadRequestsAreRefusedWithTheirField) {
  pb::SubscribeRequest request;
  request.set_from_end(true);
  request.set_after_position(1);
  EXPECT_EQ(ErrorField(Follow(log(), request).status), "from_end");
  request.Clear();
  request.mutable_filter()->add_places("123");
  EXPECT_EQ(ErrorField(Follow(log(), request).status), "filter.places[0]");
}

TEST_P(EventLogSuite, ASignOfLifeRepeatsWhereTheFollowerStands) {
  Append(log(), appends_, appends_.Stream());
  Subscription subscription(log(), {});
  EXPECT_EQ(subscription.Next(absl::ZeroDuration())->batch().records_size(), 1);
  const auto told = subscription.Next(absl::ZeroDuration());
  EXPECT_EQ(told->caught_up().position(), 1u);
  const auto again = subscription.Repeat();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->checkpoint().position(), 1u);
  EXPECT_EQ(again->history(), told->history());
  EXPECT_NE(again->history(), 0u);
}

}  // namespace
}  // namespace mlup::log
