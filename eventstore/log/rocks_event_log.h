// The event log on disk, in RocksDB.
#pragma once

#include <memory>
#include <string>

#include "eventstore/base/clock.h"
#include "eventstore/log/event_log.h"
#include "eventstore/log/watermark.h"

namespace mlup::log {

class RocksCommitter;
class RocksStore;

// An EventLog in one folder. Appends of many threads are committed in groups with one disk sync
// each; an append returns when its group is synced, and only then is it visible.
//
// Any thread. Owns the folder (one process at a time) and the committer's thread; borrows `clock`,
// which must outlive it. No call may be running when it is destroyed; appends still queued are
// committed first. After a failed write it takes no more appends (UNAVAILABLE LOG_STOPPED) until it
// is opened again; a full disk only refuses (RESOURCE_EXHAUSTED DISK_FULL).
class RocksEventLog final : public EventLog {
 public:
  struct Options {
    // Folder of the store; made if it does not exist.
    std::string path;
  };

  // FAILED_PRECONDITION FORMAT_TOO_NEW for a folder written by a newer version; DATA_LOSS when the
  // log does not end in whole records.
  static absl::StatusOr<std::unique_ptr<RocksEventLog>> Open(const Options& options,
                                                             const Clock& clock);

  // A log over an opened store; for tests that inject faults below it.
  static absl::StatusOr<std::unique_ptr<RocksEventLog>> Open(std::unique_ptr<RocksStore> store,
                                                             const Clock& clock);

  ~RocksEventLog() override;

  absl::StatusOr<pb::AppendResponse> Append(const pb::AppendRequest& request) override;
  absl::StatusOr<pb::LookupResponse> Lookup(const pb::LookupRequest& request) override;
  absl::StatusOr<pb::ReadStreamResponse> ReadStream(const pb::ReadStreamRequest& request) override;
  absl::StatusOr<pb::ReadAllResponse> ReadAll(const pb::ReadAllRequest& request) override;
  absl::StatusOr<Position> Head() override;
  absl::StatusOr<Position> WaitPast(Position position, absl::Duration timeout) override;

 private:
  RocksEventLog(std::unique_ptr<RocksStore> store, const Clock& clock);

  // Destroyed in reverse: the committer stops first.
  std::unique_ptr<RocksStore> store_;
  Watermark watermark_;
  std::unique_ptr<RocksCommitter> committer_;
};

}  // namespace mlup::log
