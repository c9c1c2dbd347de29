// Appends to several streams at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "services/esdb/esdb_log.h"

namespace mlup::esdb {

// All or nothing, over streams of one author, where what is expected of them and of others holds.
// The same order once more is answered as the first time.
//
// Any thread; calls return when the change is durable. Borrows what it is made of.
class SeveralAppends {
 public:
  SeveralAppends(log::EventLog& log, EsdbLog& esdb_log, const Clock& clock, Random& random)
      : log_(log), esdb_log_(esdb_log), clock_(clock), random_(random) {}

  // Events of one stream that follow each other.
  struct Part {
    Name name;
    std::vector<log::pb::Event> events;
  };
  struct Check {
    Name name;
    Expected expected;
  };
  struct Order {
    Author author;
    // As they are to be recorded; a stream may come again.
    std::vector<Part> parts;
    std::vector<Check> checks;
  };
  // A check that did not hold: which one, and where its stream is.
  struct Violation {
    std::size_t check = 0;
    std::optional<std::uint64_t> last_revision;
  };
  // Where one stream is afterwards.
  struct Stream {
    std::string client;
    std::uint64_t last_revision = 0;
    Position position;
  };
  struct Result {
    // Where there are some, nothing was written.
    std::vector<Violation> violations;
    // A stream that is closed for ever was to be appended to; then too nothing was written.
    std::optional<std::string> tombstoned;
    // In the order in which they were named.
    std::vector<Stream> streams;
    Position position;
  };

  // AccessDenied(); AppendTooLarge(); INVALID_ARGUMENT CHECKS_TOO_MANY, EVENTS_MISSING; errors of
  // EventLog::Append(). Events whose ids others of the log have are given new ones (ClientId()).
  absl::StatusOr<Result> Append(Order& order);

 private:
  struct Seen;
  class Plan;

  log::EventLog& log_;
  EsdbLog& esdb_log_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace mlup::esdb
