// Reads of the log on disk, from what is in memory and what is in RocksDB.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "eventstore/base/types.h"
#include "eventstore/log/append_rules.h"
#include "eventstore/log/backlog.h"
#include "eventstore/log/event_log.h"
#include "eventstore/log/rocks_store.h"

namespace mlup::log {

// Both places as one log. `upto` bounds what is shown: the watermark, or everything for whoever
// commits.
//
// Any thread. Borrows both, which must outlive it. DATA_LOSS RECORD_DAMAGED or STORE_DAMAGED for
// what is not there or not whole.
class LogReader {
 public:
  LogReader(const Backlog& backlog, const RocksStore& store) : backlog_(backlog), store_(store) {}

  // The last revision of a stream; 0 when there is none.
  absl::StatusOr<Revision> StreamHead(std::string_view stream, Position upto) const;

  // The result of the append with this key, as its repetition is answered; nothing when there is no
  // such append. ALREADY_EXISTS REQUEST_ID_REUSED when the digest differs.
  absl::StatusOr<std::optional<v1::AppendResponse>> FindAppend(const v1::RequestKey& key,
                                                               std::string_view digest,
                                                               Position upto) const;

  // Requests as CheckReadStream() and CheckReadAll() pass them.
  absl::StatusOr<StoredStream> ReadStream(const v1::ReadStreamRequest& request,
                                          Position upto) const;
  absl::StatusOr<StoredPage> ReadAll(const v1::ReadAllRequest& request, bool with_system,
                                     Position upto) const;

  // The stored bytes of one record.
  absl::StatusOr<std::string> ReadBytes(Position position) const;

 private:
  class Blocks;

  // The records of a stream that are in memory; where all are past `upto` only their first
  // revision.
  IndexedGroups::Run Recent(std::string_view stream, Position upto) const;
  absl::StatusOr<Revision> StreamHead(std::string_view stream, const IndexedGroups::Run& recent,
                                      Position upto) const;
  // Positions of a stream's revisions.
  absl::StatusOr<std::vector<Position>> Positions(std::string_view stream,
                                                  const IndexedGroups::Run& recent, Revision first,
                                                  Revision last) const;

  const Backlog& backlog_;
  const RocksStore& store_;
};

}  // namespace mlup::log
