// Keeps one read model up with the log.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "projections/fold.h"
#include "projections/follower.h"
#include "projections/following.h"
#include "projections/projection.h"
#include "projections/shared_reader.h"
#include "projections/store/read_model_store.h"

namespace mlup::projections {

// Folds the events after the read model's checkpoint into rows, and commits the rows of some events
// (see Fold) with their checkpoint; then follows: see Follower for when. A checkpoint
// that does not fit the log (the record there is missing or another one) means another history: the
// read model is emptied and rebuilt. An event that cannot be folded stops the worker, which says so
// in State and on standard error. One that this program cannot read is passed over, as the
// projection says what that means; it is counted in State, and the first of each type is told on
// standard error. A log that cannot be reached is asked again.
//
// Where the rows are damaged, as a read finds or the look at all of them that follows a start, they
// are made again from the first event on; meanwhile state() tells how far that is. Rows that are
// not known to be wrong are made anew beside those that are served, by a Rebuild.
//
// Owns its thread, from construction to destruction, and is the only writer of `store` but for
// Between(). Borrows the rest, which must outlive it. Any thread may call the other methods.
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

  // Calls `change` while no rows are written, and goes on from where the store is then: how other
  // rows take the place of those that are kept up.
  absl::Status Between(const std::function<absl::Status()>& change);

 private:
  absl::StatusOr<Follower::Step> Work();
  absl::StatusOr<Follower::Step> WorkOnce() ABSL_EXCLUSIVE_LOCKS_REQUIRED(working_);
  // Empties the read model where its checkpoint is of another history, and returns where to go on.
  absl::StatusOr<Checkpoint> Verify();
  void Publish(Position position, Position head);
  void StopWith(const absl::Status& why);
  void TellPassedOver(const std::vector<Fold::PassedOver>& events)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(working_);

  const Projection& projection_;
  ReadModelStore& store_;

  mutable Mutex mutex_;
  mutable Condition changed_;
  State state_ ABSL_GUARDED_BY(mutex_);

  log::EventLog& log_;
  // Held while rows are written; before mutex_.
  Mutex working_;
  Fold fold_ ABSL_GUARDED_BY(working_);
  std::optional<Checkpoint> at_ ABSL_GUARDED_BY(working_);
  // Whether the rows that were there at the start were looked at.
  bool checked_ ABSL_GUARDED_BY(working_) = false;
  int rebuilds_ ABSL_GUARDED_BY(working_) = 0;
  std::set<std::string> told_types_ ABSL_GUARDED_BY(working_);

  // Last: it uses all the others.
  mutable Follower follower_;
};

}  // namespace mlup::projections
