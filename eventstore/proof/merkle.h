// The Merkle tree of RFC 6962 §2.1 over leaf hashes: roots, inclusion and consistency proofs.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "eventstore/base/status.h"

namespace mlup::proof {

// A SHA-256 digest.
using Hash = std::array<std::uint8_t, 32>;

Hash Sha256(std::string_view bytes);

// Of the parts joined.
Hash Sha256Of(std::initializer_list<std::string_view> parts);

// SHA-256(0x00 ‖ data), the hash of one leaf.
Hash LeafHash(std::string_view data);

// SHA-256(0x01 ‖ left ‖ right), the hash of an inner node.
Hash NodeHash(const Hash& left, const Hash& right);

// The hash of the perfect subtree over the leaves [index << level, (index + 1) << level). Asked
// only for subtrees that are complete.
using NodeSource = std::function<absl::StatusOr<Hash>(int level, std::uint64_t index)>;

// The root of a growing tree, kept as the roots of its perfect subtrees: at most 64 hashes.
// One thread.
class MerkleFrontier {
 public:
  MerkleFrontier() = default;

  // The tree over the first `size` leaves of one that was kept.
  static absl::StatusOr<MerkleFrontier> Load(const NodeSource& nodes, std::uint64_t size);

  void Append(const Hash& leaf);

  std::uint64_t size() const { return size_; }

  // SHA-256 of nothing for an empty tree.
  Hash Root() const;

  // The subtrees that the last leaf completed, by level from 0 (the leaf): that of level k has the
  // index (size() - 1) >> k. Whoever keeps them all has a NodeSource. Until the next Append().
  std::span<const Hash> completed() const { return completed_; }

 private:
  std::uint64_t size_ = 0;
  // Perfect subtrees from the largest to the smallest, one for each bit of size_.
  std::vector<Hash> subtrees_;
  std::vector<Hash> completed_;
};

// The audit path of leaf `index` in the tree of `size` leaves. CHECKs index < size.
absl::StatusOr<std::vector<Hash>> InclusionProof(const NodeSource& nodes, std::uint64_t index,
                                                 std::uint64_t size);

// The proof that the tree of `old_size` leaves is the beginning of that of `new_size`.
// CHECKs old_size <= new_size. Empty where one of the trees is empty or both are equal.
absl::StatusOr<std::vector<Hash>> ConsistencyProof(const NodeSource& nodes, std::uint64_t old_size,
                                                   std::uint64_t new_size);

// True when `leaf` stands at `index` of the tree with this size and root.
bool VerifyInclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, const Hash& root,
                     std::span<const Hash> proof);

// True when the first tree is the beginning of the second.
bool VerifyConsistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t new_size,
                       const Hash& new_root, std::span<const Hash> proof);

// One proof for all leaves at these indexes, which rise strictly: the hashes of the largest
// subtrees without any of them, from left to right. CHECKs that there is one and all are < size.
absl::StatusOr<std::vector<Hash>> MultiInclusionProof(const NodeSource& nodes,
                                                      std::span<const std::uint64_t> sorted_indexes,
                                                      std::uint64_t size);

// True when each leaf stands at its index of the tree with this size and root, and every hash of
// the proof was needed. False where the indexes do not rise strictly.
bool VerifyMultiInclusion(std::span<const std::pair<std::uint64_t, Hash>> sorted_leaves,
                          std::uint64_t size, const Hash& root, std::span<const Hash> proof);

}  // namespace mlup::proof
