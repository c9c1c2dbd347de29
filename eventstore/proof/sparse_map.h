// A sparse Merkle tree: one root over many keys, with short proofs that a key has a value or is
// absent.
//
// Keys are 256-bit digests. The bit i of a key (from the most significant of the first byte)
// chooses left (0) or right (1) at depth i. A subtree without keys has the hash 32 x 0x00; one with
// a single key is that leaf, SHA-256(0x02 ‖ key ‖ value), wherever it stands; any other is
// SHA-256(0x03 ‖ left ‖ right). The prefixes differ from those of the event tree, so that no hash
// of one can pass for one of the other.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "eventstore/proof/merkle.h"

namespace mlup::proof {

// What stands where the path of a key ends.
struct MapProof {
  // The sibling hashes from the root down.
  std::vector<Hash> siblings;
  // For an absent key whose place is taken by another leaf: that leaf's key and value.
  std::optional<std::pair<Hash, Hash>> other;
};

// The tree in memory, about 320 bytes a key. One thread.
class SparseMap {
 public:
  SparseMap();
  ~SparseMap();
  SparseMap(SparseMap&&) noexcept;
  SparseMap& operator=(SparseMap&&) noexcept;

  // Puts a value, or replaces it.
  void Set(const Hash& key, const Hash& value);

  // Hashes only what changed since the last call.
  Hash Root();

  // A proof for the present value of `key`, or for its absence.
  MapProof Prove(const Hash& key);

  std::size_t size() const { return size_; }

 private:
  struct Node;

  static const Hash& HashOf(Node* node);

  std::unique_ptr<Node> root_;
  std::size_t size_ = 0;
};

// True when the map with this root holds `value` under `key`, or, without a value, does not hold
// `key`.
bool VerifyMap(const Hash& root, const Hash& key, const std::optional<Hash>& value,
               const MapProof& proof);

}  // namespace mlup::proof
