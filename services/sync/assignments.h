// Which cases somebody may work with: where to look, not whether it still is so.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/log/event_log.h"

namespace mlup::sync {

// Reads the log when somebody asks, and what was added to it when somebody asks again; keeps an
// actor id for each case that somebody began or was assigned to.
//
// Any thread. Borrows the log.
class Assignments {
 public:
  explicit Assignments(log::EventLog& log) : log_(log) {}

  // The streams of the cases that the actor began, or was ever assigned to.
  absl::StatusOr<std::set<std::string>> Of(const std::string& actor_id);

 private:
  absl::Status ReadOn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  log::EventLog& log_;
  Mutex mutex_;
  std::uint64_t next_position_ ABSL_GUARDED_BY(mutex_) = 1;
  std::map<std::string, std::set<std::string>> cases_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::sync
