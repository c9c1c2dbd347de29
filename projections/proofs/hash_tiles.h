// The event tree kept as rows of 256 hashes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/proof/merkle.h"
#include "projections/store/read_model_store.h"

namespace mlup::projections {

// Header hashes of the events and the roots of every 256th, 65,536th, … subtree: 32 bytes and an
// eighth of one for each event. What lies between is computed, at most 256 hashes for a node.
//
// One thread. Owns the tiles that are not full yet, at most 8 KiB a level, and the last tile read
// of each level.
class HashTiles {
 public:
  // The next event's header hash, after `tree` took its leaf. Adds the rows of tiles that are full.
  void Append(const proof::Hash& header_hash, const proof::MerkleFrontier& tree, Rows& rows);

  // Adds the rows of the tiles that are not full yet and have changed.
  void AddPartial(Rows& rows);

  // The state that `rows` hold of the tree of `size` leaves. DATA_LOSS PROOFS_DAMAGED.
  absl::Status Restore(const Snapshot& rows, std::uint64_t size);

  // The hash of a perfect subtree, and an event's header hash. `rows` hold what was appended. CHECK
  // that it is there. DATA_LOSS PROOFS_DAMAGED.
  absl::StatusOr<proof::Hash> Node(const Snapshot& rows, int level, std::uint64_t index) const;
  absl::StatusOr<proof::Hash> HeaderHash(const Snapshot& rows, Position position) const;

 private:
  static constexpr int kLevels = 8;

  // Of level 8 times its place in the array.
  struct Level {
    // Nodes of this level so far.
    std::uint64_t size = 0;
    // The last tile, where it is not full.
    std::string tail;
    bool changed = false;
  };
  struct ReadTile {
    std::uint64_t tile = UINT64_MAX;
    std::string hashes;
  };

  void Append(std::size_t level, const proof::Hash& hash, Rows& rows);
  // The bytes of `count` hashes of one tile from `first` on.
  absl::StatusOr<std::string> Hashes(const Snapshot& rows, std::size_t level, std::uint64_t first,
                                     std::uint64_t count) const;

  std::array<Level, kLevels> levels_;
  mutable std::array<ReadTile, kLevels> read_;
};

}  // namespace mlup::projections
