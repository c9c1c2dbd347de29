// What waits for RocksDB is found until it is there, and is handed on by time or amount.
#include "eventstore/log/backlog.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "eventstore/log/keys.h"
#include "eventstore/log/record_view.h"

namespace mlup::log::backlog_test {
namespace {

constexpr absl::Duration kNever = absl::Hours(1);

// A group of one append of `events` to one stream.
IndexedGroups::Group Group(Position first, Revision revision, int events = 1,
                           const std::string& stream = "case/a") {
  journal::BlockBuilder block;
  block.AddKey("key" + std::to_string(first.value));
  v1::Event event;
  event.set_event_id("e");
  std::string bytes;
  for (int i = 0; i < events; ++i) {
    const auto step = static_cast<std::uint64_t>(i);
    EncodeRecord({.position = {first.value + step},
                  .stream = stream,
                  .revision = {revision.value + step},
                  .append_first = first,
                  .append_events = static_cast<std::uint32_t>(events)},
                 {absl::UnixEpoch()}, event, bytes);
    block.AddRecord(bytes);
  }
  return LoadedBlock::Load(first, block.Finish());
}

class BacklogTest : public testing::Test {
 protected:
  void Add(std::uint64_t first, std::uint64_t revision, int events = 1) {
    ASSERT_TRUE(backlog_.Add(Group({first}, {revision}, events), {}));
  }
  Position Request(std::uint64_t first) {
    return backlog_.FindRequest(RequestIndexKey("key" + std::to_string(first)));
  }

  Backlog backlog_;
};

TEST_F(BacklogTest, WhatIsAddedIsFoundUntilItIsDropped) {
  Add(1, 1, 2);
  Add(3, 3);
  const auto taken = backlog_.Take(1, kNever);
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(taken->appends(), 2u);
  Add(4, 4);
  EXPECT_EQ(backlog_.Run("case/a").positions.size(), 4u);
  EXPECT_EQ(backlog_.Run("case/a").last(), Revision{4});
  EXPECT_TRUE(backlog_.Run("case/b").positions.empty());
  EXPECT_EQ(Request(3), Position{3});
  EXPECT_EQ(Request(4), Position{4});
  EXPECT_EQ(Request(2), Position{0});
  EXPECT_TRUE(backlog_.BlockAt({2})->Has({2}));
  backlog_.Drop();
  EXPECT_EQ(backlog_.Run("case/a").first, Revision{4});
  EXPECT_EQ(Request(3), Position{0});
  EXPECT_EQ(backlog_.BlockAt({3}), nullptr);
  EXPECT_EQ(backlog_.BlockAt({4})->first(), Position{4});
}

TEST_F(BacklogTest, WhatNoCommitterMakesIsRefused) {
  Add(1, 1);
  EXPECT_FALSE(backlog_.Add(Group({3}, {2}), {}));  // a position is missing
  Backlog other;
  ASSERT_TRUE(other.Add(Group({1}, {1}), {}));
  EXPECT_FALSE(other.Add(Group({2}, {3}), {}));  // a revision is missing
  EXPECT_EQ(LoadedBlock::Load({7}, "no block"), nullptr);
  EXPECT_EQ(LoadStored({1}, "short"), nullptr);
  const std::string value = StoredValue(1, "no block");
  EXPECT_EQ(LoadStored({1}, value), nullptr);
}

TEST_F(BacklogTest, TimeAmountAndHasteHandOn) {
  Add(1, 1);
  EXPECT_NE(backlog_.Take(1 << 20, absl::Milliseconds(1)), nullptr);  // its time has come
  backlog_.Drop();
  Add(2, 2);
  std::jthread taker([this] {
    for (int i = 0; i < 2; ++i) {
      EXPECT_NE(backlog_.Take(64 << 10, kNever), nullptr);
      backlog_.Drop();
    }
  });
  EXPECT_TRUE(backlog_.WaitFor({2}));  // haste
  std::uint64_t position = 3;
  for (; position < 20'000; ++position) Add(position, position);  // amount
  taker.join();
  EXPECT_TRUE(backlog_.WaitForRoom(4 << 20));
}

TEST_F(BacklogTest, WhoWaitsIsToldThatItNeverComes) {
  Add(1, 1);
  std::jthread waiting([this] { EXPECT_FALSE(backlog_.WaitFor({1})); });
  std::jthread for_room([this] { EXPECT_FALSE(backlog_.WaitForRoom(0)); });
  backlog_.Close(true);
  EXPECT_EQ(backlog_.Take(1, kNever), nullptr);
}

TEST_F(BacklogTest, WhatIsLeftIsTakenAfterTheClose) {
  Add(1, 1);
  backlog_.Close(false);
  EXPECT_NE(backlog_.Take(1 << 20, kNever), nullptr);
  backlog_.Drop();
  EXPECT_EQ(backlog_.Take(1 << 20, kNever), nullptr);
}

TEST_F(BacklogTest, ReadersMissNothingWhileItMoves) {
  constexpr std::uint64_t kGroups = 20'000;
  std::atomic<bool> is_over = false;
  std::jthread taker([this] {
    while (backlog_.Take(4 << 10, absl::Milliseconds(1)) != nullptr) backlog_.Drop();
  });
  std::jthread reader([&] {
    Revision last;
    while (!is_over && !HasFailure()) {
      const IndexedGroups::Run run = backlog_.Run("case/a");
      if (run.positions.empty()) continue;
      // Without a gap, and never back.
      ASSERT_EQ(run.positions.back().value - run.positions.front().value + 1, run.positions.size());
      ASSERT_GE(run.last(), last);
      last = run.last();
    }
  });
  for (std::uint64_t i = 1; i <= kGroups && !HasFailure(); ++i) Add(i, i);
  is_over = true;
  reader.join();
  backlog_.Close(false);
}

}  // namespace
}  // namespace mlup::log::backlog_test
