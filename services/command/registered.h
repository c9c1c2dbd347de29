// Which records there are.
#pragma once

#include <string>
#include <unordered_set>

#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/log/event_log.h"

namespace mlup::command {

// Asks the log whether a stream holds anything, and remembers those that do: a record once begun
// stays one. Any thread. Borrows the log.
class RegisteredRecords {
 public:
  explicit RegisteredRecords(log::EventLog& log) : log_(log) {}

  // Errors of EventLog::ReadStream().
  absl::StatusOr<bool> Has(const std::string& stream);

 private:
  log::EventLog& log_;

  Mutex mutex_;
  // At most kRegisteredMax.
  std::unordered_set<std::string> streams_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::command
