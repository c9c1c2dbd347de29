// The event log on disk, in RocksDB.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "eventstore/base/clock.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/types.h"
#include "eventstore/journal/format.h"
#include "eventstore/log/event_log.h"
#include "eventstore/log/start_up_rules.h"
#include "eventstore/log/watermark.h"

namespace mlup::log {

class Backlog;
class CopiesCheck;
class LogReader;
class RocksCommitter;
class StoreWriter;
struct LogPlaces;
struct OpenedLog;

// An EventLog on disk in two copies: the commit journal, whose sync an acknowledgement waits for,
// and RocksDB, which is written at most 50 ms later and is read; what it has not got yet is read
// from memory. Appends of many threads share one journal frame and one disk sync; an append returns
// when its frame is synced, and only then is it visible.
//
// Any thread. Owns both folders (one process at a time) and two threads; borrows `clock`, which
// must outlive it. No call may be running when it is destroyed; appends still queued are committed
// first. After a failed write or sync it takes no more appends (UNAVAILABLE LOG_STOPPED) until it
// is opened again; a full disk only refuses (RESOURCE_EXHAUSTED DISK_FULL).
class RocksEventLog final : public EventLog {
 public:
  struct Options {
    // Folder of RocksDB; made if it does not exist.
    std::string path;
    // Folder of the commit journal, best on another disk; `<path>.journal` when empty.
    std::string journal = {};
    // Whether an acknowledgement waits for RocksDB's disk too.
    bool wait_for_both_copies = false;
    // Memory for what was read from RocksDB.
    std::size_t cache_bytes = kStoreCacheBytes;
    // The last position known to be certain, as a refused start named it: go on from there.
    std::optional<Position> accept_loss_after = {};
    // Told once that the log can go on only in a new process, which verifies and repairs it: a
    // write or sync failed, or a damaged record was read. From any thread.
    std::function<void(const absl::Status&)> on_failure = {};
  };

  // Compares the two copies and repairs one from the other where that loses nothing; see
  // start_up_rules.h for what is refused. FAILED_PRECONDITION FORMAT_TOO_NEW,
  // FORMAT_TOO_OLD, FILE_LOCKED.
  static absl::StatusOr<std::unique_ptr<RocksEventLog>> Open(const Options& options,
                                                             const Clock& clock);

  // The same on other files and another RocksDB environment; for tests that inject faults.
  static absl::StatusOr<std::unique_ptr<RocksEventLog>> Open(const Options& options,
                                                             const LogPlaces& places,
                                                             const Clock& clock);

  ~RocksEventLog() override;

  absl::StatusOr<pb::AppendResponse> Append(const pb::AppendRequest& request) override;
  void AppendLater(
      const std::vector<const pb::AppendRequest*>& requests,
      std::function<void(std::vector<absl::StatusOr<pb::AppendResponse>>)> done) override;
  std::vector<absl::StatusOr<pb::AppendResponse>> AppendEach(
      const std::vector<pb::AppendRequest>& requests) override;
  absl::StatusOr<pb::LookupResponse> Lookup(const pb::LookupRequest& request) override;
  absl::StatusOr<pb::ReadStreamResponse> ReadStream(const pb::ReadStreamRequest& request) override;
  absl::StatusOr<StoredStream> ReadStreamStored(const pb::ReadStreamRequest& request) override;
  absl::StatusOr<pb::ReadAllResponse> ReadAll(const pb::ReadAllRequest& request) override;
  absl::StatusOr<StoredPage> ReadStored(const pb::ReadAllRequest& request,
                                        bool with_system) override;
  absl::StatusOr<Position> Head() override;
  absl::StatusOr<Position> WaitPast(Position position, absl::Duration timeout) override;

  // When the last event was recorded that was there at the start; nothing in an empty log.
  std::optional<absl::Time> last_recorded_at() const;

  // What the start found, and what it repaired; for people.
  const Verdict& verdict() const;

 private:
  RocksEventLog(const Options& options, const LogPlaces& places, OpenedLog opened,
                const Clock& clock);

  absl::StatusOr<pb::LookupResponse> FindResult(const pb::LookupRequest& request);

  // Passes a read's answer on; damage is noted, so that the next start verifies everything.
  template <typename Answer>
  Answer Seen(Answer answer);
  // The second copy cannot be written any more.
  void Failed(const absl::Status& status);
  void Suspect(const absl::Status& status);
  // Notes that both copies have everything up to here.
  void Mark(const journal::Place& place);
  absl::Status CloseCleanly();

  const std::function<void(const absl::Status&)> on_failure_;
  const std::unique_ptr<const LogPlaces> places_;
  // Destroyed in reverse: the committer stops first, then the writer.
  const std::unique_ptr<OpenedLog> opened_;
  const std::unique_ptr<Backlog> backlog_;
  const std::unique_ptr<const LogReader> reader_;
  Watermark watermark_;
  std::unique_ptr<StoreWriter> store_writer_;
  std::unique_ptr<RocksCommitter> committer_;
  std::unique_ptr<CopiesCheck> check_;
  // Of the state file.
  Mutex state_mutex_;
  std::atomic<bool> suspect_ = false;
};

}  // namespace mlup::log
