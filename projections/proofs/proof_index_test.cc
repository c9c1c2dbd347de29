// The index against the fold of the log it was made from.
#include "projections/proofs/proof_index.h"

#include <deque>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/log/memory_event_log.h"
#include "eventstore/log/test_appends.h"

namespace mlup::projections {
namespace {

using testing::ElementsAre;

// Loses commits when told.
class UnreliableStore final : public ReadModelStore {
 public:
  absl::Status Commit(const Rows& rows, const Checkpoint& checkpoint) override {
    if (failing) return Error(absl::StatusCode::kUnavailable, "DISK_GONE", "the disk is gone");
    return rows_.Commit(rows, checkpoint);
  }
  absl::Status Clear() override { return rows_.Clear(); }
  std::unique_ptr<Snapshot> TakeSnapshot() const override { return rows_.TakeSnapshot(); }

  bool failing = false;

 private:
  MemoryReadModelStore rows_;
};

class ProofIndexTest : public testing::Test {
 protected:
  ProofIndexTest() {
    for (int i = 0; i < 5; ++i) {
      people_.push_back(appends_.Id());
      streams_.push_back(appends_.Stream());
    }
  }

  static void Append(log::EventLog& log, const log::v1::AppendRequest& request) {
    const auto response = log.Append(request);
    ASSERT_TRUE(response.ok()) << response.status();
  }
  // An event about a third of the people.
  void Append(log::EventLog& log, int number) {
    log::v1::AppendRequest request = appends_.To(streams_[static_cast<std::size_t>(number % 5)]);
    for (std::size_t i = 0; i < people_.size(); ++i) {
      if ((number + static_cast<int>(i)) % 3 != 0) continue;
      log::v1::SubjectPart& part = *request.mutable_writes(0)->mutable_events(0)->add_subjects();
      part.set_subject_id(people_[i]);
      part.set_salt(std::string(16, 's'));
      part.set_clear("clear");
    }
    Append(log, request);
  }
  void AppendMany(log::EventLog& log, int count) {
    for (int i = 0; i < count; ++i) Append(log, i);
  }
  std::unique_ptr<ProofIndex> Open(log::EventLog& log, ReadModelStore& store) {
    auto index = ProofIndex::Open(readers_.emplace_back(log), store);
    EXPECT_TRUE(index.ok()) << index.status();
    return *std::move(index);
  }
  // Folded from the first event on.
  static proof::LogFold FoldOf(log::EventLog& log, std::uint64_t size) {
    proof::LogFold fold;
    while (fold.size() < size) {
      log::v1::ReadAllRequest request;
      request.set_from_position(fold.size() + 1);
      const auto page = log.ReadAll(request);
      for (const log::v1::Record& record : page->records()) {
        if (fold.size() == size) break;
        EXPECT_TRUE(fold.Append(record).ok());
      }
    }
    return fold;
  }
  void ExpectSame(ProofIndex& index, log::EventLog& log) {
    proof::LogFold fold = FoldOf(log, index.size());
    EXPECT_EQ(index.fold().Root(), fold.Root());
    EXPECT_EQ(index.fold().MapRoot(), fold.MapRoot());
    for (const std::string& person : people_) {
      EXPECT_EQ(index.fold().SubjectLeaf(person), fold.SubjectLeaf(person));
    }
    for (const std::string& stream : streams_) {
      EXPECT_EQ(index.fold().StreamLeaf(stream), fold.StreamLeaf(stream));
    }
  }

  log::Appends appends_{7};
  ManualClock clock_{absl::FromUnixSeconds(1'619'067'600)};
  log::MemoryEventLog log_{clock_};
  UnreliableStore store_;
  std::deque<SharedReader> readers_;
  std::vector<std::string> people_;
  std::vector<std::string> streams_;
};

TEST_F(ProofIndexTest, RestoredIsAsFolded) {
  AppendMany(log_, 600);
  auto index = Open(log_, store_);
  ASSERT_TRUE(index->CatchUp({600}).ok());
  ExpectSame(*index, log_);
  index = Open(log_, store_);
  EXPECT_EQ(index->size(), 600u);
  ExpectSame(*index, log_);
  AppendMany(log_, 10);
  ASSERT_TRUE(index->CatchUp({610}).ok());
  ExpectSame(*index, log_);
  index = Open(log_, store_);
  ExpectSame(*index, log_);
}

TEST_F(ProofIndexTest, EveryEarlierRootIsKnown) {
  AppendMany(log_, 300);
  auto index = Open(log_, store_);
  ASSERT_TRUE(index->CatchUp({300}).ok());
  for (const std::uint64_t size : {0u, 1u, 2u, 7u, 128u, 255u, 256u, 257u, 299u, 300u}) {
    EXPECT_EQ(*index->Root(size), FoldOf(log_, size).Root()) << size;
  }
  EXPECT_EQ(ErrorReason(index->Root(301).status()), "SIZE_OUT_OF_RANGE");
  const auto proof = proof::ConsistencyProof(index->nodes(), 7, 300);
  ASSERT_TRUE(proof.ok());
  EXPECT_TRUE(proof::VerifyConsistency(7, *index->Root(7), 300, *index->Root(300), *proof));
}

TEST_F(ProofIndexTest, ItStopsWhereItIsTold) {
  AppendMany(log_, 20);
  auto index = Open(log_, store_);
  ASSERT_TRUE(index->CatchUp({7}).ok());
  EXPECT_EQ(index->size(), 7u);
  ExpectSame(*index, log_);
  ASSERT_TRUE(index->CatchUp({99}).ok());
  EXPECT_EQ(index->size(), 20u);
}

TEST_F(ProofIndexTest, RowsOfAnotherHistoryAreMadeAgain) {
  AppendMany(log_, 300);
  ASSERT_TRUE(Open(log_, store_)->CatchUp({300}).ok());
  log::MemoryEventLog other(clock_);
  AppendMany(other, 310);
  auto index = Open(other, store_);
  EXPECT_EQ(index->size(), 0u);
  ASSERT_TRUE(index->CatchUp({310}).ok());
  ExpectSame(*index, other);
  UnreliableStore fresh;
  auto from_scratch = Open(other, fresh);
  ASSERT_TRUE(from_scratch->CatchUp({310}).ok());
  EXPECT_EQ(*DigestRows(*store_.TakeSnapshot()), *DigestRows(*fresh.TakeSnapshot()));
  // A log that lost its last events is another history too.
  log::MemoryEventLog shorter(clock_);
  AppendMany(shorter, 5);
  EXPECT_EQ(Open(shorter, store_)->size(), 0u);
}

TEST_F(ProofIndexTest, DamagedRowsAreMadeAgain) {
  AppendMany(log_, 300);
  ASSERT_TRUE(Open(log_, store_)->CatchUp({300}).ok());
  Rows rows;
  rows.Put("p" + people_[0], "short");
  ASSERT_TRUE(store_.Commit(rows, store_.TakeSnapshot()->checkpoint()).ok());
  auto index = Open(log_, store_);
  EXPECT_EQ(index->size(), 0u);
  ASSERT_TRUE(index->CatchUp({300}).ok());
  ExpectSame(*index, log_);
}

TEST_F(ProofIndexTest, AFailedCommitIsTakenAgain) {
  AppendMany(log_, 5);
  auto index = Open(log_, store_);
  ASSERT_TRUE(index->CatchUp({2}).ok());
  store_.failing = true;
  EXPECT_EQ(ErrorReason(index->CatchUp({5})), "DISK_GONE");
  store_.failing = false;
  ASSERT_TRUE(index->CatchUp({5}).ok());
  EXPECT_EQ(index->size(), 5u);
  ExpectSame(*index, log_);
}

TEST_F(ProofIndexTest, WhatWasNotKeptBeforeACrashIsMadeAgain) {
  AppendMany(log_, 700);
  auto index = Open(log_, store_);
  ASSERT_TRUE(index->CatchUp({300}).ok());
  ASSERT_TRUE(index->Take({700}).ok());
  ExpectSame(*index, log_);
  index = Open(log_, store_);
  EXPECT_EQ(index->size(), 300u);
  ASSERT_TRUE(index->CatchUp({700}).ok());
  ExpectSame(*index, log_);
  UnreliableStore fresh;
  ASSERT_TRUE(Open(log_, fresh)->CatchUp({700}).ok());
  EXPECT_EQ(*DigestRows(*store_.TakeSnapshot()), *DigestRows(*fresh.TakeSnapshot()));
}

TEST_F(ProofIndexTest, ManyEventsAreKeptOnTheWay) {
  constexpr int kMany = static_cast<int>(ProofIndex::kKeepEvents) + 1000;
  for (int i = 0; i < kMany; ++i)
    Append(log_, appends_.To(streams_[static_cast<std::size_t>(i % 5)]));
  ASSERT_TRUE(Open(log_, store_)->Take({static_cast<std::uint64_t>(kMany)}).ok());
  auto index = Open(log_, store_);
  EXPECT_GE(index->size(), ProofIndex::kKeepEvents);
  ExpectSame(*index, log_);
}

TEST_F(ProofIndexTest, PositionsOfPeopleAndStreams) {
  AppendMany(log_, 12);
  auto index = Open(log_, store_);
  ASSERT_TRUE(index->CatchUp({12}).ok());
  EXPECT_THAT(*index->PositionsOf(people_[0], {9}),
              ElementsAre(Position{1}, Position{4}, Position{7}));
  EXPECT_THAT(*index->PositionsOf(appends_.Id(), {12}), ElementsAre());
  EXPECT_THAT(*index->StreamPositions(streams_[1], {11}), ElementsAre(Position{2}, Position{7}));
  EXPECT_THAT(*index->StreamPositions(appends_.Stream(), {12}), ElementsAre());
  EXPECT_EQ(*index->StreamPosition(streams_[1], {3}), Position{12});
  EXPECT_EQ(index->ReadRecord({4})->position(), 4u);
  EXPECT_EQ(ErrorReason(index->ReadRecord({13}).status()), "RECORD_MISSING");
}

}  // namespace
}  // namespace mlup::projections
