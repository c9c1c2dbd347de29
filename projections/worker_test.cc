// A worker gives the same rows however it got there, and never skips an event.
#include "projections/worker.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mlup/cases/v1/case_events.pb.h"
#include "projections/store/keys.h"
#include "projections/test_log.h"

namespace mlup::projections {
namespace {

using testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(20);

// One row an event: its type. Knows every type but one.
class TypesProjection final : public Projection {
 public:
  std::string_view name() const override { return "types"; }
  std::uint32_t version() const override { return 1; }
  absl::Status Apply(const SharedEvent& event, Rows& rows) const override {
    const log::v1::Record& record = event.record();
    rows.Put(BigEndian(record.position()), record.event().type());
    if (record.event().type() == "mlup.cases.v9.NobodyKnows") {
      return Error(absl::StatusCode::kInternal, "EVENT_TYPE_UNKNOWN", "nobody knows it");
    }
    return absl::OkStatus();
  }
};

// Passes everything on to another store and fails on the n-th commit.
class FailingStore final : public ReadModelStore {
 public:
  FailingStore(ReadModelStore& inner, int fails_at) : inner_(inner), left_(fails_at) {}
  absl::Status Commit(const Rows& rows, const Checkpoint& checkpoint) override {
    if (--left_ <= 0) return Error(absl::StatusCode::kDataLoss, "DISK_GONE", "the disk is gone");
    return inner_.Commit(rows, checkpoint);
  }
  absl::Status Clear() override { return inner_.Clear(); }
  std::unique_ptr<Snapshot> TakeSnapshot() const override { return inner_.TakeSnapshot(); }

 private:
  ReadModelStore& inner_;
  int left_;
};

// Does without the type that nobody knows.
class TolerantProjection final : public Projection {
 public:
  std::string_view name() const override { return "tolerant"; }
  std::uint32_t version() const override { return 1; }
  absl::Status Apply(const SharedEvent& event, Rows& rows) const override {
    const log::v1::Record& record = event.record();
    if (record.event().type() == "mlup.cases.v9.NobodyKnows") {
      rows.PassOver();
    } else {
      rows.Put(BigEndian(record.position()), record.event().type());
    }
    return absl::OkStatus();
  }
};

class WorkerTest : public testing::Test {
 protected:
  void AppendEvents(int count) {
    cases::v1::NoteRecorded note;
    note.set_kind(cases::v1::NOTE_KIND_NOTE);
    for (int i = 0; i < count; ++i) log_.Append("case/" + TestId(1), note);
  }
  // Runs a worker until it has seen everything.
  void CatchUp(ReadModelStore& store) {
    const Worker worker(log_.reader(), projection_, store);
    const absl::Status status = worker.WaitUntil(log_.head(), kPatience);
    EXPECT_TRUE(status.ok()) << status;
  }
  static std::string Digest(const ReadModelStore& store) {
    return *DigestRows(*store.TakeSnapshot());
  }

  TestLog log_;
  TypesProjection projection_;
};

// Rows in memory that can be damaged.
class DamageableStore final : public ReadModelStore {
 public:
  absl::Status Commit(const Rows& rows, const Checkpoint& checkpoint) override {
    return inner_.Commit(rows, checkpoint);
  }
  absl::Status Clear() override {
    absl::Status cleared = inner_.Clear();
    MutexLock lock(mutex_);
    is_damaged_ = false;
    ++cleared_;
    changed_.NotifyAll();
    return cleared;
  }
  std::unique_ptr<Snapshot> TakeSnapshot() const override { return inner_.TakeSnapshot(); }
  void Check() override {
    MutexLock lock(mutex_);
    ++checked_;
    changed_.NotifyAll();
  }
  bool IsDamaged() const override {
    MutexLock lock(mutex_);
    return is_damaged_;
  }
  void WhenDamaged(std::function<void()> call) override {
    MutexLock lock(mutex_);
    when_damaged_ = std::move(call);
  }

  // As a reader that meets it.
  void Damage() {
    MutexLock lock(mutex_);
    is_damaged_ = true;
    when_damaged_();
  }
  void WaitUntilChecked() {
    MutexLock lock(mutex_);
    while (checked_ == 0) changed_.Wait(mutex_);
  }
  void WaitUntilCleared(int times) {
    MutexLock lock(mutex_);
    while (cleared_ < times) changed_.Wait(mutex_);
  }

 private:
  MemoryReadModelStore inner_;
  mutable Mutex mutex_;
  Condition changed_;
  bool is_damaged_ ABSL_GUARDED_BY(mutex_) = false;
  int cleared_ ABSL_GUARDED_BY(mutex_) = 0;
  int checked_ ABSL_GUARDED_BY(mutex_) = 0;
  std::function<void()> when_damaged_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(WorkerTest, DamagedRowsAreMadeAnewWithoutAnEventToWakeTheWorker) {
  AppendEvents(9000);
  MemoryReadModelStore whole;
  CatchUp(whole);
  DamageableStore store;
  const Worker worker(log_.reader(), projection_, store);
  EXPECT_TRUE(worker.WaitUntil(log_.head(), kPatience).ok());
  store.WaitUntilChecked();
  for (int times = 1; times <= 3; ++times) {
    store.Damage();
    store.WaitUntilCleared(times);
    // The state goes back before it comes forward again.
    while (store.TakeSnapshot()->checkpoint().position < log_.head()) {
      EXPECT_TRUE(worker.WaitUntil(log_.head(), kPatience).ok());
    }
    EXPECT_EQ(Digest(store), Digest(whole));
    EXPECT_EQ(worker.state().stopped_because, "");
  }
  // Then it is the disk.
  store.Damage();
  while (worker.state().stopped_because.empty()) {
    worker.WaitUntil({log_.head().value + 1}, absl::Milliseconds(20)).IgnoreError();
  }
  EXPECT_THAT(worker.state().stopped_because, HasSubstr("look at the disk"));
}

TEST_F(WorkerTest, OneReplayIncrementsAndARestartGiveTheSameRows) {
  MemoryReadModelStore incremental;
  MemoryReadModelStore restarted;
  {
    const Worker worker(log_.reader(), projection_, incremental);
    for (const int count : {1, 255, 1, 300, 43}) {
      AppendEvents(count);
      EXPECT_TRUE(worker.WaitUntil(log_.head(), kPatience).ok());
      if (count == 300) CatchUp(restarted);
    }
  }
  CatchUp(restarted);
  MemoryReadModelStore replayed;
  CatchUp(replayed);
  EXPECT_EQ(Digest(replayed), Digest(incremental));
  EXPECT_EQ(Digest(replayed), Digest(restarted));
  EXPECT_EQ(replayed.TakeSnapshot()->checkpoint(), restarted.TakeSnapshot()->checkpoint());
}

TEST_F(WorkerTest, ACrashBetweenTwoBatchesLosesNothing) {
  AppendEvents(9000);
  MemoryReadModelStore crashed;
  FailingStore failing(crashed, 3);
  {
    const Worker worker(log_.reader(), projection_, failing);
    EXPECT_EQ(ErrorReason(worker.WaitUntil(log_.head(), kPatience)), "PROJECTION_STOPPED");
  }
  EXPECT_EQ(crashed.TakeSnapshot()->checkpoint().position, Position{8192});
  CatchUp(crashed);
  MemoryReadModelStore replayed;
  CatchUp(replayed);
  EXPECT_EQ(Digest(crashed), Digest(replayed));
}

TEST_F(WorkerTest, WhatIsPassedOverIsCountedAndStopsNothing) {
  AppendEvents(3);
  log_.AppendUnknown("case/" + TestId(1));
  AppendEvents(3);
  MemoryReadModelStore store;
  const TolerantProjection tolerant;
  const Worker worker(log_.reader(), tolerant, store);
  ASSERT_TRUE(worker.WaitUntil({7}, kPatience).ok());
  EXPECT_EQ(worker.state().passed_over, 1u);
  EXPECT_EQ(worker.state().stopped_because, "");
  EXPECT_EQ(*store.TakeSnapshot()->Get(BigEndian(4)), std::nullopt);
  EXPECT_NE(*store.TakeSnapshot()->Get(BigEndian(5)), std::nullopt);
}

TEST_F(WorkerTest, AnEventThatIsNotAppliedStopsItAndIsNamed) {
  AppendEvents(3);
  log_.AppendUnknown("case/" + TestId(1));
  AppendEvents(3);
  MemoryReadModelStore store;
  const Worker worker(log_.reader(), projection_, store);
  EXPECT_EQ(ErrorReason(worker.WaitUntil({4}, kPatience)), "PROJECTION_STOPPED");
  const Worker::State state = worker.state();
  EXPECT_EQ(state.position, Position{3});
  EXPECT_EQ(state.head, Position{7});
  EXPECT_THAT(state.stopped_because, HasSubstr("position 4"));
  EXPECT_THAT(state.stopped_because, HasSubstr("EVENT_TYPE_UNKNOWN"));
  EXPECT_EQ(*store.TakeSnapshot()->Get(BigEndian(4)), std::nullopt);
  EXPECT_TRUE(worker.WaitUntil({3}, kPatience).ok());
}

TEST_F(WorkerTest, ACheckpointOfAnotherHistoryRebuilds) {
  AppendEvents(5);
  MemoryReadModelStore store;
  ASSERT_TRUE(store
                  .Commit(
                      [] {
                        Rows rows;
                        rows.Put("left over", "from another log");
                        return rows;
                      }(),
                      {{4}, 12345})
                  .ok());
  CatchUp(store);
  MemoryReadModelStore replayed;
  CatchUp(replayed);
  EXPECT_EQ(Digest(store), Digest(replayed));
}

TEST_F(WorkerTest, ACheckpointPastTheLogRebuilds) {
  AppendEvents(5);
  MemoryReadModelStore store;
  ASSERT_TRUE(store.Commit(Rows(), {{9}, 12345}).ok());
  CatchUp(store);
  EXPECT_EQ(store.TakeSnapshot()->checkpoint().position, Position{5});
}

TEST_F(WorkerTest, WaitingForWhatDoesNotComeEndsInTime) {
  MemoryReadModelStore store;
  const Worker worker(log_.reader(), projection_, store);
  EXPECT_EQ(ErrorReason(worker.WaitUntil({1}, absl::Milliseconds(20))), "PROJECTION_BEHIND");
}

}  // namespace
}  // namespace mlup::projections
