// Which kits are defined.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include <google/protobuf/message.h>

#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "services/domain/unit_of_work.h"

namespace mlup::command {

// A kit as a fact names it: its code and version.
using KitName = std::pair<std::string, std::uint32_t>;

// Follows what the stores define and void, from the beginning of the log when a kit is first asked
// for. Any thread. Borrows the log. Memory in proportion to the kits.
class DefinedKits {
 public:
  explicit DefinedKits(log::EventLog& log) : log_(log) {}

  // Whether some store has defined it, in the log or in `unit`. Errors of EventLog::ReadAll().
  absl::StatusOr<bool> Has(const KitName& kit, const domain::UnitOfWork& unit);

 private:
  absl::Status Follow() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  log::EventLog& log_;

  Mutex mutex_;
  // By the id of the event that defined it.
  std::map<std::string, KitName> kits_ ABSL_GUARDED_BY(mutex_);
  Position last_ ABSL_GUARDED_BY(mutex_);
};

// The kit that a fact hands out; an empty code where it names none.
KitName KitNamed(const google::protobuf::Message& fact);

}  // namespace mlup::command
