// One reader of the log for all that is folded from it in a process.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string_view>

#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "projections/shared_event.h"

namespace mlup::projections {

// Events that follow each other without a gap, in memory that is theirs and goes at once: to free
// each of their fields takes as long as to read them.
class EventRun {
 public:
  std::size_t size() const { return events_.size(); }
  bool empty() const { return events_.empty(); }
  const SharedEvent& operator[](std::size_t index) const { return events_[index]; }
  const SharedEvent& front() const { return events_.front(); }
  const SharedEvent& back() const { return events_.back(); }

  // One thread, before the run is shared: DATA_LOSS RECORD_DAMAGED; DATA_LOSS LOG_GAP where it is
  // at another position.
  absl::Status Add(std::string_view record_bytes, Position expected);

 private:
  google::protobuf::Arena arena_;
  std::deque<SharedEvent> events_;
};

// What a reader gets: the events of a run from `first` on. They live as long as anybody holds them.
struct Reading {
  std::shared_ptr<const EventRun> run;
  std::size_t first = 0;
  // The log's end when the run was read.
  Position head;

  std::size_t size() const { return run->size() - first; }
  const SharedEvent& operator[](std::size_t index) const { return (*run)[first + index]; }
};

// Reads the log in runs of at most 256 events. Readers that are at the same place, as all are near
// the log's end, share a run: one reads and parses it, the others wait for that or find it. A run
// is kept until every reader has passed it, and within limits. Whoever is ahead by all that may be
// kept waits a little for the others, who would else read all of it again; one that catches up from
// far behind reads by itself and disturbs nobody.
//
// Any thread. Borrows the log. Keeps at most kSharedRunsMax runs of about kSharedBytesMax
// serialised bytes, besides those that readers hold.
class SharedReader {
 public:
  // One of those who read; one thread at a time. Must not outlive its SharedReader.
  class Reader {
   public:
    explicit Reader(SharedReader& shared);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // The next events after `position`; none at the log's end. What the log says when it cannot be
    // read. DATA_LOSS LOG_GAP where it leaves one out.
    absl::StatusOr<Reading> After(Position position);

   private:
    friend class SharedReader;

    SharedReader& shared_;
    // Everything up to here was read; guarded by the mutex of shared_.
    Position passed_;
  };

  // How long whoever is ahead waits for the others while nothing moves: longer than they take to
  // commit many rows.
  static constexpr auto kOthersWait = std::chrono::milliseconds(500);

  explicit SharedReader(log::EventLog& log, std::chrono::milliseconds others_wait = kOthersWait)
      : log_(log), others_wait_(others_wait) {}

  log::EventLog& log() { return log_; }

 private:
  struct Run;

  absl::StatusOr<Reading> After(Reader& reader, Position position);
  // The run with the event after `position`, if it is kept or being read.
  std::shared_ptr<Run> Find(Position position) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Drop(std::map<Position, std::shared_ptr<Run>>::iterator run)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Lets go of what every reader has passed, and of the oldest where that is not enough.
  void DropWhatMay() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // While as much is kept as may be, and somebody is about to read the oldest of it.
  void WaitForOthers(const Reader& reader) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsAwaited(const Reader& reader) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The only place that reads the log.
  void Fill(Position position, Run& run);

  log::EventLog& log_;
  const std::chrono::milliseconds others_wait_;

  Mutex mutex_;
  Condition changed_;
  std::set<const Reader*> readers_ ABSL_GUARDED_BY(mutex_);
  // By the position before their first event.
  std::map<Position, std::shared_ptr<Run>> kept_ ABSL_GUARDED_BY(mutex_);
  std::size_t kept_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace mlup::projections
