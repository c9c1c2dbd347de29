// Reads of the log on disk, from what is in memory and what is in RocksDB.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "eventstore/base/mutex.h"
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
  LogReader(const Backlog& backlog, const RocksStore& store);
  ~LogReader();

  // The last revision of a stream; 0 when there is none.
  absl::StatusOr<Revision> StreamHead(std::string_view stream, Position upto) const;

  // The result of the append with this key, as its repetition is answered; nothing when there is no
  // such append. ALREADY_EXISTS REQUEST_ID_REUSED when the digest differs.
  absl::StatusOr<std::optional<v1::AppendResponse>> FindAppend(const v1::RequestKey& key,
                                                               std::string_view digest,
                                                               Position upto) const;

  // Those of these ids that events have; `ids` are in order.
  absl::StatusOr<std::vector<absl::uint128>> TakenIds(const std::vector<absl::uint128>& ids) const;

  // Requests as CheckReadStream() and CheckReadAll() pass them. Whoever reads the whole log page by
  // page finds its place in RocksDB again.
  absl::StatusOr<StoredStream> ReadStream(const v1::ReadStreamRequest& request,
                                          Position upto) const;
  absl::StatusOr<StoredPage> ReadAll(const v1::ReadAllRequest& request, bool with_system,
                                     Position upto) const;

  // The stored bytes of one record.
  absl::StatusOr<std::string> ReadBytes(Position position) const;

  // Gives up the places of those who read page by page: each keeps RocksDB from deleting files that
  // it has replaced.
  void ForgetPlaces() const;

 private:
  class Blocks;
  // Where the next page is expected to begin.
  struct Place {
    Position next;
    std::unique_ptr<Blocks> blocks;
  };

  // The place kept for a page that begins there, or a new one for a page of so many records.
  std::unique_ptr<Blocks> TakePlace(Position from, std::size_t records) const;
  void KeepPlace(Position next, std::unique_ptr<Blocks> blocks) const;
  absl::StatusOr<StoredPage> ReadPage(const v1::ReadAllRequest& request, bool with_system,
                                      Position upto, Blocks& blocks) const;

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

  mutable Mutex mutex_;
  // At most kPlacesMax, the latest last.
  mutable std::vector<Place> places_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::log
