// The event log in memory: the model that the others are held against, and the log of most tests.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "eventstore/base/clock.h"
#include "eventstore/base/mutex.h"
#include "eventstore/log/event_log.h"
#include "eventstore/log/record_view.h"
#include "eventstore/log/watermark.h"

namespace mlup::log {

// An EventLog that forgets everything when destroyed; "durable" means nothing here.
//
// Any thread. Borrows `clock`, which must outlive it. Bounded by memory only.
class MemoryEventLog final : public EventLog {
 public:
  explicit MemoryEventLog(const Clock& clock) : clock_(clock) {}

  absl::StatusOr<pb::AppendResponse> Append(const pb::AppendRequest& request) override;
  absl::StatusOr<pb::LookupResponse> Lookup(const pb::LookupRequest& request) override;
  absl::StatusOr<pb::ReadStreamResponse> ReadStream(const pb::ReadStreamRequest& request) override;
  absl::StatusOr<pb::ReadAllResponse> ReadAll(const pb::ReadAllRequest& request) override;
  absl::StatusOr<Position> Head() override;
  absl::StatusOr<Position> WaitPast(Position position, absl::Duration timeout) override;

 private:
  // The records of the append with this key; empty when there is none.
  std::vector<RecordView> FindAppend(const pb::RequestKey& key) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<pb::AppendResponse> AppendLocked(const pb::AppendRequest& request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock& clock_;
  Watermark watermark_;

  mutable Mutex mutex_;
  absl::Time last_recorded_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  // records_[i] stands at position i + 1.
  std::vector<pb::Record> records_ ABSL_GUARDED_BY(mutex_);
  // Positions of a stream's records; the one at revision r is at index r - 1.
  std::unordered_map<std::string, std::vector<std::uint64_t>> streams_ ABSL_GUARDED_BY(mutex_);
  // First position of each append, by the bytes of its key, see keys.h.
  std::unordered_map<std::string, std::uint64_t> requests_ ABSL_GUARDED_BY(mutex_);
  std::unordered_set<std::string> event_ids_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::log
