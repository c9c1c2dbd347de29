// Readings that are out of the ordinary, as they come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/mutex.h"
#include "mlup/audit/v1/audit.pb.h"

namespace mlup::query {

// What is out of the ordinary. By one reader in one hour, but for the night.
struct WatchLimits {
  // Persons whose records were read.
  std::size_t persons = 60;
  // Ids that nobody has.
  std::size_t unknown_ids = 5;
  // Records that no role of the reader reaches.
  std::size_t out_of_scope = 5;
  // From this hour on, and until the other: in Phnom Penh.
  int night_begins = 22;
  int night_ends = 5;
};

// One look at a person.
struct WatchedReading {
  std::string actor_id;
  std::string person_id;
  audit::v1::AccessResult result = audit::v1::ACCESS_RESULT_UNSPECIFIED;
  bool out_of_scope = false;
  // Whether the record was read, and not only the person's id among others.
  bool of_record = true;
};

// The ids of records that nobody has a reason to read: one a line; `#` begins a comment.
// INVALID_ARGUMENT CANARY_INVALID with the line.
absl::StatusOr<std::set<std::string>> ParseCanaries(const std::string& text);

// Remembers an hour of each reader, in memory: after a start it begins anew. Any thread.
class ReadingWatch {
 public:
  explicit ReadingWatch(const Clock& clock, std::set<std::string> canaries = {},
                        const WatchLimits& limits = {})
      : clock_(clock), canaries_(std::move(canaries)), limits_(limits) {}

  // The alarms that the reading raises: of each kind one in an hour for a reader, and for each
  // reading of a canary.
  std::vector<audit::v1::ReadingAlarmRaised> Note(const WatchedReading& reading);

  // How many were raised since the start, by the name of their kind in lower case; all kinds.
  std::map<std::string, std::uint64_t> Counts() const;

 private:
  struct Hour {
    absl::Time began;
    std::set<std::string> persons;
    std::set<std::string> unknown_ids;
    std::set<std::string> out_of_scope;
    std::set<audit::v1::AlarmKind> raised;
  };

  Hour& HourOf(const std::string& actor_id, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsNight(absl::Time now) const;

  const Clock& clock_;
  const std::set<std::string> canaries_;
  const WatchLimits limits_;
  mutable Mutex mutex_;
  std::map<std::string, Hour> hours_ ABSL_GUARDED_BY(mutex_);
  std::map<audit::v1::AlarmKind, std::uint64_t> counts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::query
