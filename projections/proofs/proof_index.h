// What proofs about the log are made from, kept up with it.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "eventstore/proof/build_bundle.h"
#include "eventstore/proof/log_fold.h"
#include "projections/proofs/hash_tiles.h"
#include "projections/store/read_model_store.h"

namespace mlup::projections {

// The fold of the log (tree, chains, map), with its rows in a store: opening it reads the rows and
// not the log. Rows whose checkpoint is of another history, or that cannot be read, are made again
// from the log by the next CatchUp().
//
// One thread at a time. Borrows the log and the store, whose only writer it is. Holds the fold in
// memory, about 600 bytes for each stream and person.
class ProofIndex final : public proof::BundleSource {
 public:
  // Raised when the rows change their meaning.
  static constexpr std::uint32_t kVersion = 1;

  // What the log and the store say when they cannot be read.
  static absl::StatusOr<std::unique_ptr<ProofIndex>> Open(log::EventLog& log,
                                                          ReadModelStore& store);

  // Takes the events up to and including `up_to`, or up to the log's end where that comes before.
  // DATA_LOSS where an event does not follow the one before: nothing past it is taken.
  absl::Status CatchUp(Position up_to);

  // Events taken.
  std::uint64_t size() const { return fold_.size(); }

  // For proofs of the map at the present size.
  proof::LogFold& fold() { return fold_; }

  // The root of the tree over the first `size` events; INVALID_ARGUMENT SIZE_OUT_OF_RANGE past
  // size().
  absl::StatusOr<proof::Hash> Root(std::uint64_t size) const;

  // Borrows the index.
  proof::NodeSource nodes() const;

  absl::StatusOr<log::v1::Record> ReadRecord(Position position) const override;
  absl::StatusOr<proof::Hash> HeaderHash(Position position) const override;
  absl::StatusOr<std::vector<Position>> PositionsOf(std::string_view subject_id,
                                                    Position last) const override;
  absl::StatusOr<std::vector<Position>> StreamPositions(std::string_view stream,
                                                        Position last) const override;
  absl::StatusOr<Position> StreamPosition(std::string_view stream,
                                          Revision revision) const override;
  absl::StatusOr<proof::Hash> Node(int level, std::uint64_t index) const override;

 private:
  ProofIndex(log::EventLog& log, ReadModelStore& store) : log_(log), store_(store) {}

  // The state of the rows, or an empty one where they are of another history.
  absl::Status Load();
  absl::Status Restore();
  absl::Status Empty();
  absl::Status TakePage(Position up_to);

  log::EventLog& log_;
  ReadModelStore& store_;
  proof::LogFold fold_;
  HashTiles tiles_;
  // The rows of the last commit.
  std::unique_ptr<Snapshot> rows_;
  // A commit failed: memory is ahead of the rows.
  bool ahead_ = false;
};

}  // namespace mlup::projections
