// What was made on devices and refused for good: somebody has to enter it anew, or let it be.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "mlup/log/v1/envelope.pb.h"
#include "mlup/sync/v1/sync_service.pb.h"

namespace mlup::query {

// How many are remembered, the latest.
inline constexpr std::size_t kRefusedDraftsMax = 10'000;

struct RefusedDraft {
  // `device/<id>`.
  std::string stream;
  // Of the event that settled it.
  Position position;
  std::string event_id;
  std::string actor_id;
  std::string device;
  std::uint64_t sequence = 0;
  // As the refusal names them.
  std::string reason;
  std::string field;
  absl::Time refused_at;
};

// Reads the log when somebody asks, and what was added to it when somebody asks again. What a
// device made stays on the device: only that it was refused, and why, is here.
//
// Any thread. Borrows the log.
class RefusedDrafts {
 public:
  explicit RefusedDrafts(log::EventLog& log) : log_(log) {}

  // Those refused since, up to a position; the oldest first. What the log says.
  absl::StatusOr<std::vector<RefusedDraft>> Since(absl::Time since, Position up_to);

 private:
  absl::Status ReadOn(Position up_to) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Add(const log::v1::Record& record, const sync::v1::ItemsSettled& settled)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  log::EventLog& log_;
  Mutex mutex_;
  std::uint64_t next_position_ ABSL_GUARDED_BY(mutex_) = 1;
  std::deque<RefusedDraft> drafts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::query
