#include "eventstore/proof/merkle.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <optional>

// OpenSSL calls these functions deprecated, but those it offers instead take three times as long
// for the short texts that are hashed here, and libsodium's do without the processor's SHA-256.
#define OPENSSL_API_COMPAT 0x10100000L
#include <openssl/sha.h>

#include "eventstore/base/bytes.h"
#include "eventstore/base/check.h"

namespace mlup::proof {
namespace {

// The largest power of two smaller than n, for n > 1: where RFC 6962 splits a tree.
std::uint64_t SplitOf(std::uint64_t n) { return std::bit_floor(n - 1); }

// The hash of the leaves [begin, begin + count); begin is a multiple of the power of two that
// covers count.
absl::StatusOr<Hash> RangeHash(const NodeSource& nodes, std::uint64_t begin, std::uint64_t count) {
  if (std::has_single_bit(count)) {
    const int level = std::countr_zero(count);
    return nodes(level, begin >> level);
  }
  const std::uint64_t split = SplitOf(count);
  ASSIGN_OR_RETURN(const Hash left, RangeHash(nodes, begin, split));
  ASSIGN_OR_RETURN(const Hash right, RangeHash(nodes, begin + split, count - split));
  return NodeHash(left, right);
}

// Adds the hashes of the subtrees of a range without any of the `wanted` leaves, in pre-order.
absl::Status AddUnwanted(const NodeSource& nodes, std::span<const std::uint64_t> wanted,
                         std::uint64_t begin, std::uint64_t count, std::vector<Hash>& proof) {
  if (wanted.empty()) {
    ASSIGN_OR_RETURN(const Hash hash, RangeHash(nodes, begin, count));
    proof.push_back(hash);
    return absl::OkStatus();
  }
  if (count == 1) return absl::OkStatus();
  const std::uint64_t split = SplitOf(count);
  const auto right = std::lower_bound(wanted.begin(), wanted.end(), begin + split);
  RETURN_IF_ERROR(AddUnwanted(nodes, {wanted.begin(), right}, begin, split, proof));
  return AddUnwanted(nodes, {right, wanted.end()}, begin + split, count - split, proof);
}

using IndexedLeaf = std::pair<std::uint64_t, Hash>;

// The hash of a range from its wanted leaves and from `proof`, of which it takes what it needs;
// nothing where that runs out.
std::optional<Hash> HashFromProof(std::span<const IndexedLeaf> wanted, std::uint64_t begin,
                                  std::uint64_t count, std::span<const Hash>& proof) {
  if (wanted.empty()) {
    if (proof.empty()) return std::nullopt;
    const Hash hash = proof.front();
    proof = proof.subspan(1);
    return hash;
  }
  if (count == 1) return wanted.front().second;
  const std::uint64_t split = SplitOf(count);
  const auto right =
      std::partition_point(wanted.begin(), wanted.end(),
                           [&](const IndexedLeaf& leaf) { return leaf.first < begin + split; });
  const auto left_hash = HashFromProof({wanted.begin(), right}, begin, split, proof);
  const auto right_hash = HashFromProof({right, wanted.end()}, begin + split, count - split, proof);
  if (!left_hash || !right_hash) return std::nullopt;
  return NodeHash(*left_hash, *right_hash);
}

}  // namespace

Hash Sha256Of(std::initializer_list<std::string_view> parts) {
  SHA256_CTX context;
  SHA256_Init(&context);
  for (const std::string_view part : parts) SHA256_Update(&context, part.data(), part.size());
  Hash hash;
  SHA256_Final(hash.data(), &context);
  return hash;
}

Hash Sha256(std::string_view bytes) { return Sha256Of({bytes}); }

Hash LeafHash(std::string_view data) { return Sha256Of({std::string_view("\0", 1), data}); }

Hash NodeHash(const Hash& left, const Hash& right) {
  return Sha256Of({"\1", AsText(left), AsText(right)});
}

absl::StatusOr<MerkleFrontier> MerkleFrontier::Load(const NodeSource& nodes, std::uint64_t size) {
  MerkleFrontier tree;
  tree.size_ = size;
  std::uint64_t begin = 0;
  for (int level = 63; level >= 0; --level) {
    if ((size >> level & 1) == 0) continue;
    ASSIGN_OR_RETURN(const Hash hash, nodes(level, begin >> level));
    tree.subtrees_.push_back(hash);
    begin += std::uint64_t{1} << level;
  }
  return tree;
}

void MerkleFrontier::Append(const Hash& leaf) {
  Hash hash = leaf;
  completed_.assign(1, leaf);
  // Each trailing one bit of the old size is a subtree as large as the new one: they become one.
  for (std::uint64_t bits = size_; (bits & 1) != 0; bits >>= 1) {
    hash = NodeHash(subtrees_.back(), hash);
    subtrees_.pop_back();
    completed_.push_back(hash);
  }
  subtrees_.push_back(hash);
  ++size_;
}

Hash MerkleFrontier::Root() const {
  if (subtrees_.empty()) return Sha256("");
  Hash root = subtrees_.back();
  for (auto subtree = subtrees_.rbegin() + 1; subtree != subtrees_.rend(); ++subtree) {
    root = NodeHash(*subtree, root);
  }
  return root;
}

absl::StatusOr<std::vector<Hash>> InclusionProof(const NodeSource& nodes, std::uint64_t index,
                                                 std::uint64_t size) {
  CHECK(index < size);
  // From the root down, collecting the siblings; the proof lists them from the leaf up.
  std::vector<Hash> siblings;
  std::uint64_t begin = 0;
  std::uint64_t count = size;
  while (count > 1) {
    const std::uint64_t split = SplitOf(count);
    const bool left = index < begin + split;
    ASSIGN_OR_RETURN(const Hash sibling, left ? RangeHash(nodes, begin + split, count - split)
                                              : RangeHash(nodes, begin, split));
    siblings.push_back(sibling);
    if (!left) begin += split;
    count = left ? split : count - split;
  }
  return std::vector<Hash>(siblings.rbegin(), siblings.rend());
}

absl::StatusOr<std::vector<Hash>> ConsistencyProof(const NodeSource& nodes, std::uint64_t old_size,
                                                   std::uint64_t new_size) {
  CHECK(old_size <= new_size);
  std::vector<Hash> reversed;
  if (old_size == 0 || old_size == new_size) return reversed;
  std::uint64_t begin = 0;
  std::uint64_t count = new_size;
  // SUBPROOF of RFC 6962 §2.1.2: `known` tells that the verifier has the hash of the rest itself.
  std::uint64_t rest = old_size;
  bool known = true;
  while (rest != count) {
    const std::uint64_t split = SplitOf(count);
    const bool left = rest <= split;
    ASSIGN_OR_RETURN(const Hash sibling, left ? RangeHash(nodes, begin + split, count - split)
                                              : RangeHash(nodes, begin, split));
    reversed.push_back(sibling);
    if (!left) {
      begin += split;
      rest -= split;
      known = false;
    }
    count = left ? split : count - split;
  }
  if (!known) {
    ASSIGN_OR_RETURN(const Hash hash, RangeHash(nodes, begin, count));
    reversed.push_back(hash);
  }
  return std::vector<Hash>(reversed.rbegin(), reversed.rend());
}

bool VerifyInclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, const Hash& root,
                     std::span<const Hash> proof) {
  if (index >= size) return false;
  std::uint64_t node = index;
  std::uint64_t last = size - 1;
  Hash hash = leaf;
  for (const Hash& sibling : proof) {
    if (last == 0) return false;
    if ((node & 1) != 0 || node == last) {
      hash = NodeHash(sibling, hash);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = NodeHash(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == root;
}

bool VerifyConsistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t new_size,
                       const Hash& new_root, std::span<const Hash> proof) {
  if (old_size > new_size) return false;
  if (old_size == new_size) return proof.empty() && old_root == new_root;
  if (old_size == 0) return proof.empty() && old_root == Sha256("");
  std::uint64_t node = old_size - 1;
  std::uint64_t last = new_size - 1;
  while ((node & 1) != 0) {
    node >>= 1;
    last >>= 1;
  }
  std::size_t next = 0;
  if (node != 0 && proof.empty()) return false;
  Hash old_hash = node != 0 ? proof[next++] : old_root;
  Hash new_hash = old_hash;
  for (; next < proof.size(); ++next) {
    if (last == 0) return false;
    if ((node & 1) != 0 || node == last) {
      old_hash = NodeHash(proof[next], old_hash);
      new_hash = NodeHash(proof[next], new_hash);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      new_hash = NodeHash(new_hash, proof[next]);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && old_hash == old_root && new_hash == new_root;
}

absl::StatusOr<std::vector<Hash>> MultiInclusionProof(const NodeSource& nodes,
                                                      std::span<const std::uint64_t> sorted_indexes,
                                                      std::uint64_t size) {
  CHECK(!sorted_indexes.empty() && sorted_indexes.back() < size);
  CHECK(std::adjacent_find(sorted_indexes.begin(), sorted_indexes.end(), std::greater_equal<>()) ==
        sorted_indexes.end());
  std::vector<Hash> proof;
  RETURN_IF_ERROR(AddUnwanted(nodes, sorted_indexes, 0, size, proof));
  return proof;
}

bool VerifyMultiInclusion(std::span<const std::pair<std::uint64_t, Hash>> sorted_leaves,
                          std::uint64_t size, const Hash& root, std::span<const Hash> proof) {
  const auto falls = [](const IndexedLeaf& a, const IndexedLeaf& b) { return a.first >= b.first; };
  if (sorted_leaves.empty() || sorted_leaves.back().first >= size ||
      std::adjacent_find(sorted_leaves.begin(), sorted_leaves.end(), falls) !=
          sorted_leaves.end()) {
    return false;
  }
  std::span<const Hash> rest = proof;
  const auto hash = HashFromProof(sorted_leaves, 0, size, rest);
  return hash.has_value() && *hash == root && rest.empty();
}

}  // namespace mlup::proof
