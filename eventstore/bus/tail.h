// The latest records, read once for all who follow the live end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/mutex.h"
#include "eventstore/log/event_log.h"
#include "eventstore/log/forwarding_event_log.h"
#include "eventstore/log/record_view.h"

namespace mlup::log {

// A record as all followers share it.
class SharedRecord {
 public:
  // Null when the bytes are not a record.
  static std::shared_ptr<const SharedRecord> Make(std::string_view bytes);

  SharedRecord(const SharedRecord&) = delete;
  SharedRecord& operator=(const SharedRecord&) = delete;

  const std::string& bytes() const { return bytes_; }
  const RecordView& view() const { return *view_; }
  Position position() const { return view_->position; }

 private:
  explicit SharedRecord(std::string_view bytes) : bytes_(bytes), view_(ViewRecord(bytes_)) {}

  const std::string bytes_;
  // Into them.
  const std::optional<RecordView> view_;
};

// An EventLog that answers reads near the end from memory and passes everything else on. What it
// shows is the log as of its last Refresh() or later, so a follower that is woken after a
// Refresh() finds what it was woken for.
//
// Any thread; one at a time refreshes. Borrows `log`, which must outlive it. Keeps at most
// kTailRecordsMax records and kTailBytesMax bytes of memory.
class Tail final : public ForwardingEventLog {
 public:
  explicit Tail(EventLog& log) : ForwardingEventLog(log) {}

  // Takes in what was recorded after `seen` up to `head`, and returns it; nothing when that is too
  // much to keep or cannot be read, upon which followers read the log itself.
  std::vector<std::shared_ptr<const SharedRecord>> Refresh(Position seen, Position head);

  // Whether a read that begins there is answered from memory.
  bool Keeps(Position from);

  absl::StatusOr<pb::ReadAllResponse> ReadAll(const pb::ReadAllRequest& request) override;
  absl::StatusOr<StoredPage> ReadStored(const pb::ReadAllRequest& request,
                                        bool with_system) override;

 private:
  // At most one page of what is kept from `from` on, and the last position kept; empty when `from`
  // is not kept.
  struct Window {
    std::vector<std::shared_ptr<const SharedRecord>> records;
    Position last;
  };
  Window WindowFrom(Position from);
  bool KeepsLocked(Position from) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  // Without a gap between their positions.
  std::deque<std::shared_ptr<const SharedRecord>> kept_ ABSL_GUARDED_BY(mutex_);
  std::size_t memory_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace mlup::log
