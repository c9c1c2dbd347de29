// Many threads appending and following, for every EventLog.
#include <atomic>
#include <map>
#include <thread>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/bus/subscription.h"
#include "tests/conformance/event_log_suite.h"

namespace mlup::log {
namespace {

constexpr int kThreads = 16;

// Reads the whole log and checks that positions and revisions have no gap.
void ExpectGapless(EventLog& log, std::uint64_t events) {
  std::map<std::string, std::uint64_t> revisions;
  std::uint64_t position = 0;
  pb::ReadAllRequest request;
  do {
    const auto page = log.ReadAll(request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const pb::Record& record : page->records()) {
      ASSERT_EQ(record.position(), ++position);
      ASSERT_EQ(record.revision(), ++revisions[record.stream()]);
    }
    request.set_from_position(page->next_position());
  } while (request.from_position() != 0);
  EXPECT_EQ(position, events);
}

// Starts kThreads threads, each with its number, and waits for them.
void InThreads(const std::function<void(int)>& work) {
  std::vector<std::jthread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) threads.emplace_back([&work, i] { work(i); });
}

TEST_P(EventLogSuite, ThreadsOnStreamsOfTheirOwnNeverConflict) {
  constexpr std::uint64_t kAppends = 25;
  InThreads([this](int) {
    const std::string stream = appends_.Stream();
    for (std::uint64_t i = 0; i < kAppends; ++i) {
      pb::AppendRequest request = appends_.Empty();
      appends_.Add(request, stream, 2).set_revision(2 * i);
      const auto response = log().Append(request);
      ASSERT_TRUE(response.ok()) << response.status();
      // What was acknowledged is visible at once.
      ASSERT_GE(log().Head()->value, response->last_position());
    }
  });
  ExpectGapless(log(), kThreads * kAppends * 2);
}

TEST_P(EventLogSuite, ThreadsOnOneStreamWinInTurns) {
  constexpr std::uint64_t kAppends = 5;
  const std::string stream = appends_.Stream();
  std::atomic<int> conflicts = 0;
  InThreads([&](int) {
    std::uint64_t seen = 0;
    for (std::uint64_t done = 0; done < kAppends;) {
      pb::AppendRequest request = appends_.Empty();
      appends_.Add(request, stream).set_revision(seen);
      const auto response = log().Append(request);
      if (response.ok()) {
        ASSERT_EQ(response->streams(0).first_revision(), seen + 1);
        ++done;
      } else {
        ASSERT_EQ(response.status().code(), absl::StatusCode::kAborted) << response.status();
        ++conflicts;
      }
      pb::ReadStreamRequest read;
      read.set_stream(stream);
      read.set_limit(1);
      seen = log().ReadStream(read)->last_revision();
    }
  });
  EXPECT_GT(conflicts, 0);
  ExpectGapless(log(), kThreads * kAppends);
}

// Each thread starts with another request, so that one commit group holds the same request twice.
TEST_P(EventLogSuite, OneRequestSentByManyThreadsIsExecutedOnce) {
  constexpr std::size_t kRequests = 8;
  std::vector<pb::AppendRequest> requests;
  requests.reserve(kRequests);
  for (std::size_t i = 0; i < kRequests; ++i) requests.push_back(appends_.To(appends_.Stream(), 3));
  std::atomic<std::size_t> executed = 0;
  InThreads([&](int thread) {
    for (std::size_t i = 0; i < kRequests; ++i) {
      const auto response =
          log().Append(requests[(static_cast<std::size_t>(thread) + i) % kRequests]);
      ASSERT_TRUE(response.ok()) << response.status();
      if (!response->replayed()) ++executed;
    }
  });
  EXPECT_EQ(executed, kRequests);
  ExpectGapless(log(), kRequests * 3);
}

// Goal: no gap and no duplicate between catching up and following. Method: a follower that starts
// in the middle of appends must see each position once and in order, with and without a filter.
TEST_P(EventLogSuite, AFollowerSeesEveryEventOnceWhileOthersAppend) {
  constexpr std::uint64_t kAppends = 20;
  constexpr std::uint64_t kTotal = kThreads * kAppends * 3;
  const auto follow = [this](const std::string& category, std::uint64_t wanted) {
    pb::SubscribeRequest request;
    if (!category.empty()) request.mutable_filter()->add_categories(category);
    Subscription subscription(log(), request);
    std::uint64_t seen = 0;
    std::uint64_t last = 0;
    while (subscription.position().value < kTotal || seen < wanted) {
      const auto message = subscription.Next(absl::Seconds(10));
      ASSERT_TRUE(message.ok()) << message.status();
      for (const pb::Record& record : message->batch().records()) {
        ASSERT_GT(record.position(), last);
        if (category.empty()) {
          ASSERT_EQ(record.position(), last + 1);
        }
        last = record.position();
        ++seen;
      }
    }
    EXPECT_EQ(seen, wanted);
  };
  std::jthread all([&] { follow("", kTotal); });
  std::jthread persons([&] { follow("person", kTotal / 3); });
  InThreads([&](int) {
    for (std::uint64_t i = 0; i < kAppends; ++i) {
      pb::AppendRequest request = appends_.To(appends_.Stream(), 2);
      appends_.Add(request, appends_.Stream("person"), 1);
      ASSERT_TRUE(log().Append(request).ok());
    }
  });
}

TEST_P(EventLogSuite, AFollowerIsToldWhereItStands) {
  const auto append = [this](const std::string& category, int count) {
    ASSERT_TRUE(log().Append(appends_.To(appends_.Stream(category), count)).ok());
  };
  append("case", 300);
  append("person", 10);
  pb::SubscribeRequest request;
  request.mutable_filter()->add_categories("case");
  Subscription subscription(log(), request);
  const auto next = [&] {
    auto message = subscription.Next(absl::ZeroDuration());
    EXPECT_TRUE(message.ok()) << message.status();
    return *message;
  };
  EXPECT_EQ(next().batch().records_size(), 256);
  EXPECT_EQ(next().batch().records_size(), 44);
  EXPECT_EQ(next().caught_up().position(), 310u);
  EXPECT_EQ(next().kind_case(), pb::SubscribeResponse::KIND_NOT_SET);
  append("person", 1);
  EXPECT_EQ(next().checkpoint().position(), 311u);
  append("case", 1);
  append("person", 1);
  EXPECT_EQ(next().batch().records(0).position(), 312u);
  EXPECT_EQ(next().checkpoint().position(), 313u);
  EXPECT_EQ(next().kind_case(), pb::SubscribeResponse::KIND_NOT_SET);
  append("case", 300);
  EXPECT_EQ(next().batch().records_size(), 256);
  EXPECT_EQ(next().batch().records_size(), 44);
  EXPECT_EQ(next().caught_up().position(), 613u);
}

TEST_P(EventLogSuite, FollowingFromPastTheHeadIsRefused) {
  pb::SubscribeRequest request;
  request.set_after_position(1);
  Subscription subscription(log(), request);
  const absl::Status status = subscription.Next(absl::ZeroDuration()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(status), "POSITION_PAST_HEAD");
}

TEST_P(EventLogSuite, WaitingEndsWhenTheHeadMovesOn) {
  EXPECT_EQ(log().WaitPast({0}, absl::Milliseconds(1))->value, 0u);
  std::jthread appender([this] { ASSERT_TRUE(log().Append(appends_.To(appends_.Stream())).ok()); });
  Position head;
  while (head.value == 0) {
    const auto waited = log().WaitPast({0}, absl::Seconds(10));
    ASSERT_TRUE(waited.ok()) << waited.status();
    head = *waited;
  }
  EXPECT_EQ(head.value, 1u);
  EXPECT_EQ(log().WaitPast({0}, absl::InfiniteDuration())->value, 1u);
}

}  // namespace
}  // namespace mlup::log
