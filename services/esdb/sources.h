// Where events come from: one stream, the whole log, or a virtual stream of links.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "eventstore/base/clock.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "services/esdb/esdb_log.h"
#include "services/esdb/events.h"
#include "services/esdb/filters.h"
#include "services/esdb/links.h"
#include "services/esdb/names.h"

namespace mlup::esdb {

// A record that a read is about.
struct Found {
  log::pb::Record record;
  Outline outline;
  // Its number in the link stream that is read.
  std::optional<std::uint64_t> link_number;
};

struct Batch {
  std::vector<Found> found;
  // Nothing is left in this direction for now.
  bool at_end = false;
  // There is no such stream, or it is deleted.
  bool missing = false;
  // The event that says which others of the stream are shown: its name is closed for ever where it
  // is a tombstone.
  std::optional<log::pb::Record> metadata;
  bool tombstoned = false;
  // Forward: all up to here has been looked at; 0 inside of a stream.
  Position looked_at;
};

// Pages of one read, in its order. A forward source goes on when more is recorded. One thread at a
// time. Holds no page.
class Source {
 public:
  virtual ~Source() = default;
  // Errors of the log's reads.
  virtual absl::StatusOr<Batch> Next(std::uint32_t limit) = 0;
};

// What sources read from; they borrow all of it.
struct ReadParts {
  log::EventLog& log;
  EsdbLog& esdb_log;
  LinkNumbers& links;
  const Clock& clock;
};

// What a request asks for. INVALID_ARGUMENT.
absl::StatusOr<std::unique_ptr<Source>> OpenSource(const ReadParts& parts,
                                                   const pb::streams::ReadReq::Options& options);

}  // namespace mlup::esdb
