// Makes the honest bundle about one person from an index over the log.
//
// In three steps, because the map's record is an event of its own:
//   1. ProveInMap() while the fold stands still: what the map says, and the proofs.
//   2. Append the map record {size, root} to `system/map` (map_record.h), and sign a checkpoint
//      that covers it.
//   3. BuildBundle().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/proof/bundle.h"
#include "eventstore/proof/log_fold.h"
#include "eventstore/proof/merkle.h"
#include "mlup/log/v1/envelope.pb.h"

namespace mlup::proof {

// The log and what is known about it by position.
//
// One thread at a time. Every position asked for has been folded; errors are passed on as they are.
class BundleSource {
 public:
  virtual ~BundleSource() = default;

  virtual absl::StatusOr<log::v1::Record> ReadRecord(Position position) const = 0;

  // FoldStep::header_hash of the event.
  virtual absl::StatusOr<Hash> HeaderHash(Position position) const = 0;

  // Where FoldStep::subjects names the person, up to and including `last`, rising.
  virtual absl::StatusOr<std::vector<Position>> PositionsOf(std::string_view subject_id,
                                                            Position last) const = 0;

  // The stream's events up to and including `last`, by revision; none for an unknown stream.
  virtual absl::StatusOr<std::vector<Position>> StreamPositions(std::string_view stream,
                                                                Position last) const = 0;

  // The stream's event of this revision, which is there.
  virtual absl::StatusOr<Position> StreamPosition(std::string_view stream,
                                                  Revision revision) const = 0;

  // As NodeSource.
  virtual absl::StatusOr<Hash> Node(int level, std::uint64_t index) const = 0;
};

// The header of a stored record as it was hashed when it was folded. INTERNAL BUNDLE_INCONSISTENT
// where it is another one.
absl::StatusOr<std::string> HeaderOf(const BundleSource& source, const log::v1::Record& record);

// What the map over the first `size` events says about one person.
struct MapEvidence {
  std::string subject_id;
  std::uint64_t size = 0;
  Hash root{};
  LeafProof subject;
  // The own streams, in the order of the bundle.
  std::vector<BundledStream> streams;
};

// Reads the map at the size of the fold, which must not move meanwhile. Reads every record about
// the person. RESOURCE_EXHAUSTED BUNDLE_TOO_LARGE.
absl::StatusOr<MapEvidence> ProveInMap(const BundleSource& source, LogFold& fold,
                                       std::string_view subject_id);

// What vouches for the map.
struct BundleNotes {
  // Where the map record {size, root} stands.
  Position map_position;
  // Signed, of a size that covers the map record.
  std::string checkpoint;
  // All of the log's, oldest first.
  std::vector<std::string> handovers;
  // A cosigned checkpoint of at most the size of `checkpoint`, if there is one.
  std::optional<std::string> witnessed;
};

// RESOURCE_EXHAUSTED BUNDLE_TOO_LARGE; INTERNAL BUNDLE_INCONSISTENT where evidence, notes and log
// do not belong together.
absl::StatusOr<Bundle> BuildBundle(const BundleSource& source, const MapEvidence& map,
                                   const BundleNotes& notes);

}  // namespace mlup::proof
