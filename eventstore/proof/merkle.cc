#include "eventstore/proof/merkle.h"

#include <bit>

#include <sodium.h>

#include "eventstore/base/check.h"

namespace mlup::proof {
namespace {

Hash HashParts(std::uint8_t prefix, std::span<const std::uint8_t> first,
               std::span<const std::uint8_t> second) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  crypto_hash_sha256_update(&state, &prefix, 1);
  crypto_hash_sha256_update(&state, first.data(), first.size());
  crypto_hash_sha256_update(&state, second.data(), second.size());
  Hash hash;
  crypto_hash_sha256_final(&state, hash.data());
  return hash;
}

std::span<const std::uint8_t> Bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

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

}  // namespace

Hash Sha256(std::string_view bytes) {
  Hash hash;
  crypto_hash_sha256(hash.data(), Bytes(bytes).data(), bytes.size());
  return hash;
}

Hash LeafHash(std::string_view data) { return HashParts(0, Bytes(data), {}); }

Hash NodeHash(const Hash& left, const Hash& right) { return HashParts(1, left, right); }

void MerkleFrontier::Append(const Hash& leaf) {
  Hash hash = leaf;
  // Each trailing one bit of the old size is a subtree as large as the new one: they become one.
  for (std::uint64_t bits = size_; (bits & 1) != 0; bits >>= 1) {
    hash = NodeHash(subtrees_.back(), hash);
    subtrees_.pop_back();
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

}  // namespace mlup::proof
