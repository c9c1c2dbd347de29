// Writes the log, one group of appends after the other.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/types.h"
#include "eventstore/journal/block.h"
#include "eventstore/journal/writer.h"
#include "eventstore/log/append_rules.h"
#include "eventstore/log/backlog.h"
#include "eventstore/log/log_reader.h"
#include "eventstore/log/record_times.h"
#include "eventstore/log/rocks_store_writer.h"
#include "eventstore/log/watermark.h"
#include "mlup/log/v1/event_store.pb.h"

namespace mlup::log {

// Last revisions of streams written lately, so that most appends need no look into the index.
//
// The leader's only. Keeps at least the last `kStreamsMax` streams used, at most twice as many.
class HeadCache {
 public:
  // Null when not known.
  const Revision* Find(const std::string& stream);
  void Set(std::string_view stream, Revision revision);

 private:
  static constexpr std::size_t kStreamsMax = 128 << 10;

  absl::flat_hash_map<std::string, Revision> recent_;
  absl::flat_hash_map<std::string, Revision> older_;
};

// Gathers appends from many threads and commits them in groups: one journal frame with one disk
// sync for all that arrived while the last one ran. A group whose frame is synced goes into the
// backlog, from where another thread writes it to RocksDB, and the watermark moves.
//
// Whoever appends while nobody commits, commits: one group, on its own thread, so that a single
// caller waits for no other thread. What arrives meanwhile is committed by the committer's thread.
//
// Append*() from any thread. Owns its thread; borrows what it is made of, which must outlive it.
// Refuses when kAppendQueueMax appends wait, and when a disk is full. After any other failed write,
// whose outcome nobody can know, it refuses everything: a failed sync is never tried again.
class RocksCommitter {
 public:
  struct Parts {
    // Both as one, up to what is committed.
    const LogReader& reader;
    Backlog& backlog;
    StoreWriter& store_writer;
    journal::Writer& journal;
    const Clock& clock;
    Watermark& watermark;
    // When the last record was recorded.
    absl::Time recorded_at;
  };
  struct Options {
    // Whether RocksDB is synced too before an append is acknowledged.
    bool wait_for_both_copies = false;
    // Told once, on whichever thread it was, that a write failed: the process should end.
    std::function<void(const absl::Status&)> on_failure = {};
  };

  RocksCommitter(const Parts& parts, Options options);

  ~RocksCommitter() { Stop(); }

  // Commits what is queued, then stops for good.
  void Stop();

  // Whether a write failed, so that the end of the log is not known.
  bool failed() const { return failed_; }

  using Results = std::vector<absl::StatusOr<v1::AppendResponse>>;

  // As EventLog::AppendLater() says.
  void AppendLater(const std::vector<const v1::AppendRequest*>& requests,
                   std::function<void(Results)> done);

  // As EventLog::AppendEach() says; nothing comes between them.
  Results AppendEach(const std::vector<const v1::AppendRequest*>& requests);

 private:
  // Appends that came together. Belongs to whoever commits, once it is queued.
  struct Call {
    // Of those that rest on each other.
    std::optional<LostWrites> lost;
    Results results;
    // Not answered yet.
    std::size_t open = 0;
    std::function<void(Results)> done;
  };

  // One append that waits.
  struct Pending {
    const v1::AppendRequest* request;
    // What CheckAppend() says to it.
    absl::Status checked;
    std::shared_ptr<Call> call;
    std::size_t index;  // in the call

    absl::StatusOr<v1::AppendResponse>& result() const { return call->results[index]; }
  };

  // What a group has come to so far; nothing of it counts before it is written.
  struct Group {
    journal::BlockBuilder block;
    RecordTimes times;
    bool is_room_low = false;
    Position head;
    // By stream; views into the requests.
    absl::flat_hash_map<absl::string_view, Revision> heads;
    // Appends of this group by key.
    absl::flat_hash_map<std::string, const Pending*> requests;
    // Ids of events that are in the log already or in this group.
    absl::flat_hash_set<absl::uint128> taken_ids;
    // The bytes of a record, kept for their memory.
    std::string record;
  };

  // Queues what is asked. With `lead`, commits it here if nobody commits.
  void Queue(const std::vector<const v1::AppendRequest*>& requests,
             const std::shared_ptr<Call>& call, bool lead);
  // Why so many appends cannot be taken now.
  absl::Status Ready(std::size_t appends) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Run();
  // Waits until something is to be done that nobody does, and leads. False when it is time to stop.
  bool WaitToLead();
  // Takes what waits, as much as a group holds.
  std::vector<Pending> TakeGroup() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // By the leader, who is it no longer when the group is answered.
  void CommitAndAnswer(const std::vector<Pending>& group);
  void StopLeading();

  void Commit(const std::vector<Pending>& pending);
  absl::Status Write(Group& group);
  // Never an append again.
  absl::Status Fail(const absl::Status& status);
  absl::StatusOr<v1::AppendResponse> Add(const Pending& pending, Group& group);
  // Which ids of these appends are taken, of all at once.
  absl::Status LookUpIds(const std::vector<Pending>& pending, Group& group) const;
  absl::StatusOr<Revision> HeadOf(const std::string& stream, const Group& group);

  const LogReader& reader_;
  Backlog& backlog_;
  StoreWriter& store_writer_;
  journal::Writer& journal_;
  const Clock& clock_;
  Watermark& watermark_;
  const Options options_;

  // The leader's only.
  HeadCache cache_;
  absl::Time last_recorded_at_;

  // Set once, by the leader.
  std::atomic<bool> failed_ = false;

  Mutex mutex_;
  Condition to_do_;  // for the committer's thread
  std::deque<Pending> queue_ ABSL_GUARDED_BY(mutex_);
  // Somebody commits; passed on with the mutex, so that all the leader's is seen by the next.
  bool led_ ABSL_GUARDED_BY(mutex_) = false;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;

  // Last, so that everything it uses is made before it.
  std::jthread thread_;
};

}  // namespace mlup::log
