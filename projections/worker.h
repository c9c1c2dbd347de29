// Keeps one read model up with the log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "absl/time/time.h"

#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "projections/projection.h"
#include "projections/store/read_model_store.h"

namespace mlup::projections {

// Reads the log from the read model's checkpoint, folds pages of at most 256 events into rows, and
// commits the rows of a page with their checkpoint; then follows. A checkpoint that does not fit
// the log (the record there is missing or another one) means another history: the read model is
// emptied and rebuilt. An event that cannot be folded stops the worker, which says so in State and
// on standard error. One that this program cannot read is passed over, as the projection says what
// that means; it is counted in State, and the first of each type is told on standard error. A log
// that cannot be reached is asked again.
//
// Owns its thread, from construction to destruction, and is the only writer of `store`. Borrows the
// rest, which must outlive it. Any thread may call the other methods.
class Worker {
 public:
  struct State {
    // Last position applied.
    Position position;
    // Last position of the log, as far as the worker knows.
    Position head;
    // Why it stopped; empty while it runs.
    std::string stopped_because;
    // Records that it could not read and did without, since the start of this process.
    std::uint64_t passed_over = 0;
  };

  Worker(log::EventLog& log, const Projection& projection, ReadModelStore& store);
  ~Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  State state() const;
  std::string_view name() const { return projection_.name(); }

  // Returns when `position` is applied. UNAVAILABLE PROJECTION_BEHIND when `timeout` passed first;
  // INTERNAL PROJECTION_STOPPED when it will not come.
  absl::Status WaitUntil(Position position, absl::Duration timeout) const;

 private:
  void Run(std::stop_token stop);
  // Empties the read model where its checkpoint is of another history, and returns where to go on.
  absl::StatusOr<Checkpoint> Verify();
  // Applies the next page after `from`; returns `from` when there is none.
  absl::StatusOr<Checkpoint> ApplyPage(const Checkpoint& from);
  // The record at `position`, or nothing past the head.
  absl::StatusOr<std::optional<log::v1::Record>> Find(Position position);
  void Publish(Position position, Position head);
  void StopWith(const absl::Status& why);
  void TellPassedOver(const log::v1::Record& record);
  // Waits a little before the log is asked again.
  void Pause(const std::stop_token& stop);

  log::EventLog& log_;
  const Projection& projection_;
  ReadModelStore& store_;

  mutable Mutex mutex_;
  mutable Condition changed_;
  State state_ ABSL_GUARDED_BY(mutex_);

  // Worker thread only.
  std::set<std::string> told_types_;

  std::jthread thread_;
};

}  // namespace mlup::projections
