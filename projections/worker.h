// Keeps one read model up with the log.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "projections/follower.h"
#include "projections/following.h"
#include "projections/projection.h"
#include "projections/shared_reader.h"
#include "projections/store/read_model_store.h"

namespace mlup::projections {

// Folds the events after the read model's checkpoint into rows, and commits the rows of at most
// 4096 events with their checkpoint; then follows: see Follower for when. A checkpoint
// that does not fit the log (the record there is missing or another one) means another history: the
// read model is emptied and rebuilt. An event that cannot be folded stops the worker, which says so
// in State and on standard error. One that this program cannot read is passed over, as the
// projection says what that means; it is counted in State, and the first of each type is told on
// standard error. A log that cannot be reached is asked again.
//
// Where the rows are damaged, as a read finds or the look at all of them that follows a start, they
// are made again from the first event on; meanwhile state() tells how far that is.
//
// Owns its thread, from construction to destruction, and is the only writer of `store`. Borrows the
// rest, which must outlive it. Any thread may call the other methods.
class Worker final : public Following {
 public:
  Worker(SharedReader& reader, const Projection& projection, ReadModelStore& store);
  ~Worker() override;

  State state() const override;
  std::string_view name() const override { return projection_.name(); }

  // Returns when `position` is applied, which is then worked for at once. UNAVAILABLE
  // PROJECTION_BEHIND when `timeout` passed first; INTERNAL PROJECTION_STOPPED when it will not
  // come.
  absl::Status WaitUntil(Position position, absl::Duration timeout) const;

 private:
  // The rows of some events, before they are committed.
  struct Batch {
    Rows rows;
    // Of the last of them.
    Checkpoint at;
    // Where the log ended then.
    Position head;
    std::uint64_t events = 0;
    // Why the event after these cannot be folded.
    absl::Status poison;
  };

  absl::StatusOr<Follower::Step> Work();
  // Empties the read model where its checkpoint is of another history, and returns where to go on.
  absl::StatusOr<Checkpoint> Verify();
  // Takes runs until there are enough.
  absl::StatusOr<Batch> Take(const Checkpoint& from);
  void Take(const Reading& reading, Batch& batch);
  absl::Status Apply(const SharedEvent& event, Rows& rows);
  void Publish(Position position, Position head);
  void StopWith(const absl::Status& why);
  void TellPassedOver(const log::v1::Record& record);

  const Projection& projection_;
  ReadModelStore& store_;

  mutable Mutex mutex_;
  mutable Condition changed_;
  State state_ ABSL_GUARDED_BY(mutex_);

  // Follower's thread only.
  SharedReader::Reader reader_;
  log::EventLog& log_;
  std::optional<Checkpoint> at_;
  // Whether the rows that were there at the start were looked at.
  bool checked_ = false;
  int rebuilds_ = 0;
  std::set<std::string> told_types_;

  // Last: it uses all the others.
  mutable Follower follower_;
};

}  // namespace mlup::projections
