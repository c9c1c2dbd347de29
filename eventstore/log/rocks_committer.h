// The one thread that writes the log.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/types.h"
#include "eventstore/log/rocks_store.h"
#include "eventstore/log/watermark.h"
#include "mlup/log/v1/event_store.pb.h"

namespace mlup::log {

// Last revisions of streams written lately, so that most appends need no look into the index.
//
// Committer thread only. Keeps at least the last `kStreamsMax` streams used, at most twice as many.
class HeadCache {
 public:
  // Null when not known.
  const Revision* Find(const std::string& stream);
  void Set(const std::string& stream, Revision revision);

 private:
  static constexpr std::size_t kStreamsMax = 32 << 10;

  std::unordered_map<std::string, Revision> recent_;
  std::unordered_map<std::string, Revision> older_;
};

// Gathers appends from many threads and commits them in groups: one write batch and one disk sync
// for all that arrived while the last one ran. The watermark moves only after the synced write has
// returned.
//
// Append() from any thread. Owns its thread; borrows store, clock and watermark, which must outlive
// it. Refuses when kAppendQueueMax appends wait. After a failed write, whose outcome nobody can
// know, it refuses everything: a failed sync is never tried again. A full disk is no such failure.
class RocksCommitter {
 public:
  RocksCommitter(RocksStore& store, const Clock& clock, Watermark& watermark);

  // Commits what is queued, then stops.
  ~RocksCommitter();

  // `request` has passed CheckAppend(). Returns when it is durable.
  absl::StatusOr<v1::AppendResponse> Append(const v1::AppendRequest& request);

 private:
  // One waiting append, on its caller's stack. `done` belongs to the committer's mutex; `result` is
  // the committer's until `done`.
  struct Pending {
    const v1::AppendRequest& request;
    absl::StatusOr<v1::AppendResponse> result;
    bool done = false;
    Condition finished;
  };

  // What a group has come to so far; nothing of it counts before it is written.
  struct Group {
    rocksdb::WriteBatch batch;
    absl::Time recorded_at;
    Position head;
    std::unordered_map<std::string, Revision> heads;
    // Appends of this group by key.
    std::unordered_map<std::string, const Pending*> requests;
  };

  void Run();
  // Empty when it is time to stop.
  std::vector<Pending*> TakeGroup();
  void Commit(const std::vector<Pending*>& pending);
  absl::StatusOr<v1::AppendResponse> Add(const Pending& pending, Group& group);
  absl::StatusOr<Revision> HeadOf(const std::string& stream, const Group& group);
  void Finish(const std::vector<Pending*>& pending);

  RocksStore& store_;
  const Clock& clock_;
  Watermark& watermark_;

  // Committer thread only.
  HeadCache cache_;
  absl::Time last_recorded_at_;

  // Set once, by the committer.
  std::atomic<bool> failed_ = false;

  Mutex mutex_;
  Condition arrived_;
  std::deque<Pending*> queue_ ABSL_GUARDED_BY(mutex_);
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;

  // Last, so that everything it uses is made before it.
  std::jthread thread_;
};

}  // namespace mlup::log
