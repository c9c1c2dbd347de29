#include "eventstore/log/rocks_store_writer.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/time/time.h"
#include <pthread.h>

#include "eventstore/base/status.h"

namespace mlup::log {
namespace {

constexpr std::size_t kBatchBytes = 1 << 20;
// How long RocksDB may lag behind the journal.
constexpr absl::Duration kPatience = absl::Milliseconds(50);
// So much of the journal a start looks at, and a little more.
constexpr std::size_t kMarkBytes = 32 << 20;
// Between two tries on a full disk.
constexpr absl::Duration kDiskFullPause = absl::Milliseconds(200);
// Between two looks at what was written, at least twice kPatience.
constexpr absl::Duration kLook = absl::Milliseconds(250);
// So many looks at work long it is work like any other after it was late.
constexpr int kLooksInHaste = 8;
// More than this is late, a quarter of what makes appends wait.
constexpr std::uint64_t kLateBytes = 16 << 20;

}  // namespace

StoreWriter::StoreWriter(RocksStore& store, Backlog& backlog, Options options)
    : store_(store),
      backlog_(backlog),
      options_(std::move(options)),
      counts_(store.tail().counts),
      thread_([this] { Run(); }) {}

void StoreWriter::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    stopped_.NotifyOne();
  }
  backlog_.Close(false);
  EndWatch();
  if (thread_.joinable()) thread_.join();
}

void StoreWriter::EndWatch() {
  MutexLock lock(watch_mutex_);
  watch_ended_ = true;
  watch_ends_.NotifyOne();
}

bool StoreWriter::WatchEndsWithin(absl::Duration time) {
  MutexLock lock(watch_mutex_);
  if (!watch_ended_) watch_ends_.WaitFor(watch_mutex_, absl::ToChronoNanoseconds(time));
  return watch_ended_;
}

void StoreWriter::Watch(ThreadClass& writer) {
  pthread_setname_np(pthread_self(), "mlup-store-look");
  writer.Idle();
  int in_haste = 0;
  for (;;) {
    const std::uint64_t before = backlog_.dropped();
    backlog_.AwaitAny();
    if (WatchEndsWithin(kLook)) break;
    const std::uint64_t dropped = backlog_.dropped();
    if (dropped == before || backlog_.added() - dropped > kLateBytes) {
      if (in_haste == 0) writer.Ordinary();
      in_haste = kLooksInHaste;
    } else if (in_haste > 0 && --in_haste == 0) {
      writer.Idle();
    }
  }
  writer.Ordinary();
}

absl::Status StoreWriter::Ready() const {
  switch (state_) {
    case State::kGood:
      break;
    case State::kDiskFull:
      return Error(absl::StatusCode::kResourceExhausted, "DISK_FULL",
                   "the disk of the log's second copy is full");
    case State::kFailed:
      return Error(absl::StatusCode::kUnavailable, "LOG_STOPPED",
                   "the log takes no appends after a failed write");
  }
  return absl::OkStatus();
}

void StoreWriter::Run() {
  pthread_setname_np(pthread_self(), "mlup-store");
  ThreadClass own;
  std::jthread
      watch;  // made before this thread goes idle, as a thread begins with its maker's class
  if (ThreadClass::CanComeBack()) watch = std::jthread([this, &own] { Watch(own); });
  while (const auto groups = backlog_.Take(kBatchBytes, kPatience)) {
    if (!Write(*groups)) {
      backlog_.Close(true);
      break;
    }
    backlog_.Drop();
    if (options_.on_written) options_.on_written();
    Mark(*groups);
  }
  EndWatch();
}

void StoreWriter::Mark(const IndexedGroups& groups) {
  unmarked_ += groups.bytes();
  if (unmarked_ < kMarkBytes || !options_.on_mark) return;
  unmarked_ = 0;
  journal::Place place = groups.end();
  place.head_hash = journal::HashOf(groups.groups().back()->record(place.head));
  options_.on_mark(place);
}

bool StoreWriter::Write(const IndexedGroups& groups) {
  RocksStore::Counts counts = counts_;
  rocksdb::WriteBatch batch;
  store_.Add(groups, counts, batch);
  for (;;) {
    const absl::Status status = store_.Write(batch);
    if (status.ok()) break;
    if (!absl::IsResourceExhausted(status)) {
      state_ = State::kFailed;
      if (options_.on_failure) options_.on_failure(status);
      return false;
    }
    state_ = State::kDiskFull;
    MutexLock lock(mutex_);
    if (!stopping_) stopped_.WaitFor(mutex_, absl::ToChronoNanoseconds(kDiskFullPause));
    if (stopping_) return false;
  }
  state_ = State::kGood;
  counts_ = counts;
  return true;
}

}  // namespace mlup::log
