// Makes the rows of a read model anew beside those that are served.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>

#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "mlup/reports/v1/projection_service.pb.h"
#include "mlup/reports/v1/projection_state.pb.h"
#include "projections/fold.h"
#include "projections/projection.h"
#include "projections/shared_reader.h"
#include "projections/store/generations.h"
#include "projections/worker.h"

namespace mlup::projections {

// Folds the log from the first event on into a second set of rows, while the first is kept up and
// served. Where the second is as far as the first, all rows of both are read and their digests
// compared; then the second takes the place of the first, in one step, and who asked and both
// digests are recorded. Where only a comparison was asked for, the second set is thrown away
// instead, and nothing is recorded.
//
// A rebuild goes on after a restart, from the rows that were on the disk, where they are of this
// log's history, and is recorded even where the process ended between the two last steps. It ends
// for good, with the first rows served as before, when somebody cancels it, when an event cannot be
// folded, and when the disk is full, which it gives its room back to; the last two are told on
// standard error. A log that cannot be reached, or take the event, is asked again.
//
// Owns the thread of the rebuild that runs, at most one, in the background
// (eventstore/base/background.h). Any thread may call. The end takes as long as a batch. Borrows
// all parts.
class Rebuild {
 public:
  // Appends the event that says what was done; the same again where it was appended already.
  using Record = std::function<absl::Status(const reports::v1::AskedRebuild& done)>;
  struct Parts {
    SharedReader& reader;
    const Projection& projection;
    Generations& rows;
    Worker& worker;
    Record record;
  };

  // Goes on with what an earlier process began.
  explicit Rebuild(Parts parts);
  ~Rebuild();
  Rebuild(const Rebuild&) = delete;
  Rebuild& operator=(const Rebuild&) = delete;

  // Begun durably when it returns. FAILED_PRECONDITION REBUILD_RUNNING; RESOURCE_EXHAUSTED
  // DISK_FULL; what the disk says.
  absl::Status Begin(const reports::v1::AskedRebuild& asked);

  // The one that runs is to end. FAILED_PRECONDITION REBUILD_NOT_RUNNING where there is none, or
  // its rows are served already.
  absl::Status Cancel();

  // Of the one that runs, or the last one of this process.
  std::optional<reports::v1::RebuildStatus> status() const;

 private:
  using Asked = reports::v1::AskedRebuild;
  // What both sets of rows were when they were as far as each other.
  // The rows that are made and how far they are.
  struct Making {
    Fold fold;
    RocksRows& rows;
    Checkpoint at;
  };
  struct Compared {
    Position position;
    std::string digest_served;
    std::string digest_made;
  };

  void Start(const Asked& asked) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Run(const std::stop_token& stop, Asked asked);
  // OK where it is over.
  absl::Status Work(const std::stop_token& stop, Asked& asked);
  // Where the rows that were begun stand; they are emptied where they are of another history.
  absl::StatusOr<Checkpoint> Verify(RocksRows& made);
  // Folds until both are as far as each other, which what is made is a little behind from then on.
  absl::StatusOr<Compared> MakeAndCompare(const std::stop_token& stop, Making& making);
  absl::StatusOr<Compared> Compare(const std::stop_token& stop, const Snapshot& served,
                                   const Snapshot& made);
  absl::Status Switch(const std::stop_token& stop, Making& making, const Compared& compared,
                      Asked& asked);
  // Folds at most a batch, up to a position; false where there was nothing.
  absl::StatusOr<bool> Advance(Making& making, Position up_to);
  absl::Status RecordDone(const std::stop_token& stop, const Asked& asked);
  void End(const Asked& asked, const absl::Status& why);
  void Show(reports::v1::RebuildPhase phase, std::string_view because = "");
  void ShowProgress(Position at, Position of);
  // CANCELLED once it is to end.
  absl::Status Pause(const std::stop_token& stop);

  const Parts parts_;

  mutable Mutex mutex_;
  Condition changed_;
  std::optional<reports::v1::RebuildStatus> status_ ABSL_GUARDED_BY(mutex_);
  std::optional<std::chrono::steady_clock::time_point> begun_ ABSL_GUARDED_BY(mutex_);
  bool running_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;

  // Last: it uses all the others.
  std::jthread thread_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::projections
