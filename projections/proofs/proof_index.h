// What proofs about the log are made from, kept up with it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "eventstore/proof/build_bundle.h"
#include "eventstore/proof/log_fold.h"
#include "eventstore/proof/map_record.h"
#include "projections/proofs/hash_tiles.h"
#include "projections/shared_reader.h"
#include "projections/store/read_model_store.h"

namespace mlup::projections {

// The fold of the log (tree, chains, map), with its rows in a store: opening it reads the rows and
// not the log. Rows whose checkpoint is of another history, or that cannot be read, are made again
// from the log by the next CatchUp().
//
// Rows are kept for many events together, of each stream and person the last: a crash takes those
// that are not kept yet, and they are made again like the rest.
//
// One thread at a time. Borrows the reader, its log, and the store, whose only writer it is. Holds
// the fold in memory, about 600 bytes for each stream and person, and the rows of at most
// kKeepEvents events.
class ProofIndex final : public proof::BundleSource {
 public:
  // Raised when the rows change their meaning.
  static constexpr std::uint32_t kVersion = 1;

  // Events whose rows are written together.
  static constexpr std::uint64_t kKeepEvents = 16 << 10;

  // What the log and the store say when they cannot be read.
  static absl::StatusOr<std::unique_ptr<ProofIndex>> Open(SharedReader& reader,
                                                          ReadModelStore& store);

  // Takes the events up to and including `up_to`, or up to the log's end where that comes before.
  // DATA_LOSS where an event does not follow the one before, or MAP_ROOT_WRONG where one records a
  // map that was not derived here: nothing past it is taken, hence nothing past it is signed.
  absl::Status Take(Position up_to);

  // Whether its rows met damage: the next Take() makes them anew.
  bool IsDamaged() const { return store_.IsDamaged(); }

  // The same, and keeps all rows, which whatever reads them needs: all that is const, and nodes().
  // CHECKed there.
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
  ProofIndex(SharedReader& reader, ReadModelStore& store)
      : reader_(reader), log_(reader.log()), store_(store) {}

  // The state of the rows, or an empty one where they are of another history.
  absl::Status Load();
  absl::Status Restore();
  absl::Status Empty();
  absl::Status TakeRuns(Position up_to);
  absl::Status TakeRun(Position up_to);
  // A map, and the event that records it.
  struct RecordedMap {
    Position position;
    proof::MapRecord map;
  };
  // Takes the events up to the sizes, not past `up_to`, of which recorded maps speak, and compares
  // these with the ones derived.
  absl::Status CheckMaps(Position up_to);
  // Those that were not taken and not compared yet, in order of size.
  absl::StatusOr<std::vector<RecordedMap>> ReadMaps();
  // Commits the rows of what was taken.
  absl::Status Keep();
  // The rows of the last commit, which are those of all that was taken.
  const Snapshot& rows() const;

  SharedReader::Reader reader_;
  log::EventLog& log_;
  ReadModelStore& store_;
  proof::LogFold fold_;
  HashTiles tiles_;
  // Of what is not kept yet, but for the chains and the last tiles.
  Rows unkept_;
  // Of the last event taken, where it is not kept yet.
  std::uint64_t history_ = 0;
  std::unique_ptr<Snapshot> rows_;
  // Positions of recorded maps past size() that are as derived, and the first of those that are
  // not.
  std::set<std::uint64_t> right_maps_;
  std::optional<Position> wrong_map_;
  // A commit failed: memory is ahead of the rows.
  bool ahead_ = false;
};

}  // namespace mlup::projections
