// Writes to RocksDB what the journal has.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "eventstore/base/background.h"
#include "eventstore/base/mutex.h"
#include "eventstore/log/backlog.h"
#include "eventstore/log/rocks_store.h"

namespace mlup::log {

// Takes groups out of the backlog and writes them in synced batches: at most 50 ms after they came,
// or as soon as there is 1 MiB of them. While the disk is full it tries again.
//
// Appends do not wait for this work, so it is done while a processor has nothing else to do, where
// the system lets a thread come back from that (ThreadClass). A second thread looks ten times a
// second whether anything was written, and has it done like other work for a while when not.
//
// Any thread. Owns both threads, and is the only one that writes to the store; borrows what it is
// made of, which must outlive it.
class StoreWriter {
 public:
  struct Options {
    // Told once, on the writer's thread, that a write failed: the process should end.
    std::function<void(const absl::Status&)> on_failure = {};
    // Told on the writer's thread, now and then, where the journal stands whose every event is
    // synced in RocksDB too.
    std::function<void(const journal::Place&)> on_mark = {};
    // Told on the writer's thread that RocksDB has changed.
    std::function<void()> on_written = {};
  };
  StoreWriter(RocksStore& store, Backlog& backlog, Options options);
  ~StoreWriter() { Stop(); }

  // Writes what is left, and stops for good; what a full disk does not take stays in the journal.
  void Stop();

  // RESOURCE_EXHAUSTED DISK_FULL while there is no room for the second copy, UNAVAILABLE
  // LOG_STOPPED after a failed write.
  absl::Status Ready() const;
  // Whether a write failed.
  bool failed() const { return state_ == State::kFailed; }

 private:
  enum class State { kGood, kDiskFull, kFailed };

  void Run();
  // Has the writer's thread idle while that is enough, until EndWatch().
  void Watch(ThreadClass& writer);
  void EndWatch();
  // Whether it ended within this time.
  bool WatchEndsWithin(absl::Duration time);
  // False when it is over.
  bool Write(const IndexedGroups& groups);
  void Mark(const IndexedGroups& groups);

  RocksStore& store_;
  Backlog& backlog_;
  const Options options_;
  RocksStore::Counts counts_;
  // Bytes written since the last mark.
  std::size_t unmarked_ = 0;
  std::atomic<State> state_ = State::kGood;

  Mutex mutex_;
  Condition stopped_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Of the thread that watches.
  Mutex watch_mutex_;
  Condition watch_ends_;
  bool watch_ended_ ABSL_GUARDED_BY(watch_mutex_) = false;

  // Last, so that everything it uses is made before it.
  std::jthread thread_;
};

}  // namespace mlup::log
