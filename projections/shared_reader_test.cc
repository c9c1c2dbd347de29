// Readers share what is read and parsed, and none misses anything.
#include "projections/shared_reader.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "eventstore/base/limits.h"
#include "mlup/cases/v1/case_events.pb.h"
#include "projections/test_log.h"

namespace mlup::projections {
namespace {

// Counts the reads of the log behind it; fails or leaves an event out when told.
class WatchedLog final : public log::EventLog {
 public:
  explicit WatchedLog(log::EventLog& log) : log_(log) {}

  absl::StatusOr<log::pb::ReadAllResponse> ReadAll(
      const log::pb::ReadAllRequest& request) override {
    ++reads;
    if (failing) return absl::UnavailableError("not now");
    auto page = log_.ReadAll(request);
    if (leaves_out > 0) page->mutable_records()->DeleteSubrange(leaves_out, 1);
    return page;
  }
  absl::StatusOr<log::pb::AppendResponse> Append(const log::pb::AppendRequest& request) override {
    return log_.Append(request);
  }
  absl::StatusOr<log::pb::LookupResponse> Lookup(const log::pb::LookupRequest& request) override {
    return log_.Lookup(request);
  }
  absl::StatusOr<log::pb::ReadStreamResponse> ReadStream(
      const log::pb::ReadStreamRequest& request) override {
    return log_.ReadStream(request);
  }
  absl::StatusOr<Position> Head() override { return log_.Head(); }
  absl::StatusOr<Position> WaitPast(Position position, absl::Duration timeout) override {
    return log_.WaitPast(position, timeout);
  }

  std::atomic<int> reads = 0;
  bool failing = false;
  int leaves_out = 0;

 private:
  log::EventLog& log_;
};

class SharedReaderTest : public testing::Test {
 protected:
  void AppendEvents(int count) {
    cases::v1::NoteRecorded note;
    note.set_kind(cases::v1::NOTE_KIND_NOTE);
    for (int i = 0; i < count; ++i) log_.Append("case/" + TestId(1), note);
  }
  // Reads on from `from` to the log's end; returns how many events that were.
  static std::uint64_t ReadOn(SharedReader::Reader& reader, Position from) {
    Position at = from;
    while (true) {
      const auto reading = reader.After(at);
      EXPECT_TRUE(reading.ok()) << reading.status();
      if (!reading.ok() || reading->size() == 0) break;
      for (std::size_t i = 0; i < reading->size(); ++i) {
        at = Next(at);
        EXPECT_EQ((*reading)[i].position(), at);
      }
    }
    return at.value - from.value;
  }

  TestLog log_;
  WatchedLog watched_{log_.log()};
  SharedReader shared_{watched_};
};

TEST_F(SharedReaderTest, ReadersAtTheSamePlaceShareWhatOneOfThemRead) {
  SharedReader::Reader one(shared_);
  SharedReader::Reader other(shared_);
  AppendEvents(100);
  const auto first = one.After({0});
  const auto second = other.After({0});
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->size(), 100u);
  EXPECT_EQ(first->run, second->run);
  EXPECT_EQ(&(*first)[7].clear(), &(*second)[7].clear());
  EXPECT_EQ(watched_.reads, 1);
}

TEST_F(SharedReaderTest, AReaderWithinARunGetsTheRestOfIt) {
  SharedReader::Reader one(shared_);
  SharedReader::Reader other(shared_);
  AppendEvents(10);
  ASSERT_TRUE(one.After({0}).ok());
  const auto rest = other.After({4});
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(rest->size(), 6u);
  EXPECT_EQ((*rest)[0].position(), Position{5});
  EXPECT_EQ(watched_.reads, 1);
}

TEST_F(SharedReaderTest, TheLogsEndIsNoRunAndIsReadAgain) {
  SharedReader::Reader reader(shared_);
  EXPECT_EQ(reader.After({0})->size(), 0u);
  AppendEvents(3);
  EXPECT_EQ(reader.After({0})->size(), 3u);
  EXPECT_EQ(reader.After({3})->size(), 0u);
  EXPECT_EQ(reader.After({3})->head, Position{3});
  AppendEvents(2);
  const auto next = reader.After({3});
  EXPECT_EQ(next->size(), 2u);
  EXPECT_EQ(next->head, Position{5});
}

TEST_F(SharedReaderTest, WhatAllHavePassedIsReadAgain) {
  SharedReader::Reader one(shared_);
  AppendEvents(600);
  EXPECT_EQ(ReadOn(one, {0}), 600u);
  const int reads = watched_.reads;
  EXPECT_EQ(one.After({0})->size(), 256u);
  EXPECT_EQ(watched_.reads, reads + 1);
}

TEST_F(SharedReaderTest, WhoIsFarBehindTakesNothingFromTheOthers) {
  AppendEvents(20'000);
  SharedReader::Reader near(shared_);
  SharedReader::Reader other(shared_);
  SharedReader::Reader behind(shared_);
  const auto kept = near.After({19'900});
  EXPECT_EQ(ReadOn(behind, {0}), 20'000u);
  const int reads = watched_.reads;
  EXPECT_EQ(other.After({19'900})->run, kept->run);
  EXPECT_EQ(watched_.reads, reads);
}

TEST_F(SharedReaderTest, WhoStandsStillHoldsNoMoreThanTheLimit) {
  AppendEvents(20'000);
  SharedReader::Reader still(shared_);
  SharedReader::Reader moving(shared_);
  EXPECT_EQ(ReadOn(moving, {0}), 20'000u);
  const int reads = watched_.reads;
  EXPECT_EQ(ReadOn(still, {0}), 20'000u);
  // The runs that are kept are the last.
  EXPECT_GE(watched_.reads - reads, 20'000 / 256 - static_cast<int>(kSharedRunsMax));
}

TEST_F(SharedReaderTest, WhoIsAheadWaitsForTheOthersSoThatNothingIsReadTwice) {
  constexpr std::uint64_t kEvents = 20'000;
  AppendEvents(kEvents);
  SharedReader patient(watched_, std::chrono::minutes(10));
  SharedReader::Reader quick(patient);
  SharedReader::Reader slow(patient);
  std::jthread ahead([&] { EXPECT_EQ(ReadOn(quick, {0}), kEvents); });
  std::uint64_t joined = 0;
  Position at;
  for (auto reading = slow.After(at); reading.ok() && reading->size() > 0;
       reading = slow.After(at)) {
    for (std::size_t i = 0; i < reading->size(); ++i) joined += (*reading)[i].clear().ok() ? 1 : 0;
    at = {at.value + reading->size()};
  }
  ahead.join();
  EXPECT_EQ(joined, kEvents);
  // And the end of the log, once or twice each.
  EXPECT_LE(watched_.reads, static_cast<int>(kEvents / 256) + 5);
}

TEST_F(SharedReaderTest, NearTheLogsEndNobodyWaits) {
  SharedReader patient(watched_, std::chrono::hours(1));
  SharedReader::Reader one(patient);
  SharedReader::Reader resting(patient);
  AppendEvents(1);
  ASSERT_EQ(resting.After({0})->size(), 1u);
  Position at;
  for (std::size_t i = 0; i < 2 * kSharedRunsMax; ++i) {
    AppendEvents(1);
    at = {at.value + one.After(at)->size()};
  }
  EXPECT_GE(at.value, 2 * kSharedRunsMax);
}

TEST_F(SharedReaderTest, AnErrorIsToldAndNotKept) {
  SharedReader::Reader reader(shared_);
  AppendEvents(5);
  watched_.failing = true;
  EXPECT_TRUE(absl::IsUnavailable(reader.After({0}).status()));
  watched_.failing = false;
  EXPECT_EQ(reader.After({0})->size(), 5u);
}

TEST_F(SharedReaderTest, AnEventThatIsLeftOutIsNeverPassedOver) {
  SharedReader::Reader reader(shared_);
  AppendEvents(5);
  watched_.leaves_out = 2;
  EXPECT_EQ(ErrorReason(reader.After({0}).status()), "LOG_GAP");
}

TEST_F(SharedReaderTest, ManyThreadsReadTheSameWhileTheLogGrows) {
  AppendEvents(3000);
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      SharedReader::Reader reader(shared_);
      EXPECT_GE(ReadOn(reader, {0}), 3000u);
    });
  }
  AppendEvents(3000);
}

}  // namespace
}  // namespace mlup::projections
