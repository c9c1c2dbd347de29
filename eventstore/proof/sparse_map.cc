#include "eventstore/proof/sparse_map.h"

#include <string_view>

#include "eventstore/base/check.h"
#include "eventstore/proof/bytes.h"

namespace mlup::proof {
namespace {

constexpr std::size_t kDepthMax = 256;
constexpr Hash kEmpty{};

bool Bit(const Hash& key, std::size_t depth) {
  return ((key[depth / 8] >> (7 - depth % 8)) & 1) != 0;
}

Hash Tagged(char prefix, const Hash& first, const Hash& second) {
  return Sha256Of({std::string_view(&prefix, 1), AsText(first), AsText(second)});
}

Hash KeyedLeaf(const Hash& key, const Hash& value) { return Tagged(2, key, value); }

}  // namespace

// A leaf (no children) or an inner node; `hash` is unset while something below has changed.
struct SparseMap::Node {
  Hash key{};
  Hash value{};
  std::unique_ptr<Node> children[2];
  bool inner = false;
  std::optional<Hash> hash;
};

SparseMap::SparseMap() = default;
SparseMap::~SparseMap() = default;
SparseMap::SparseMap(SparseMap&&) noexcept = default;
SparseMap& SparseMap::operator=(SparseMap&&) noexcept = default;

void SparseMap::Set(const Hash& key, const Hash& value) {
  std::unique_ptr<Node>* place = &root_;
  std::size_t depth = 0;
  while (*place != nullptr && (*place)->inner) {
    (*place)->hash.reset();
    place = &(*place)->children[Bit(key, depth++)];
  }
  if (*place != nullptr && (*place)->key == key) {
    (*place)->value = value;
    (*place)->hash.reset();
    return;
  }
  // The place is free, or its leaf has to move down until the two keys part.
  std::unique_ptr<Node> other = std::move(*place);
  while (other != nullptr) {
    CHECK(depth < kDepthMax);
    *place = std::make_unique<Node>();
    (*place)->inner = true;
    const bool mine = Bit(key, depth);
    if (Bit(other->key, depth) != mine) (*place)->children[!mine].swap(other);
    place = &(*place)->children[mine];
    ++depth;
  }
  *place = std::make_unique<Node>();
  (*place)->key = key;
  (*place)->value = value;
  ++size_;
}

const Hash& SparseMap::HashOf(Node* node) {
  if (node == nullptr) return kEmpty;
  if (!node->hash.has_value()) {
    node->hash = node->inner
                     ? Tagged(3, HashOf(node->children[0].get()), HashOf(node->children[1].get()))
                     : KeyedLeaf(node->key, node->value);
  }
  return *node->hash;
}

Hash SparseMap::Root() { return HashOf(root_.get()); }

MapProof SparseMap::Prove(const Hash& key) {
  MapProof proof;
  Node* node = root_.get();
  for (std::size_t depth = 0; node != nullptr && node->inner; ++depth) {
    const bool side = Bit(key, depth);
    proof.siblings.push_back(HashOf(node->children[!side].get()));
    node = node->children[side].get();
  }
  if (node != nullptr && node->key != key) proof.other.emplace(node->key, node->value);
  return proof;
}

bool VerifyMap(const Hash& root, const Hash& key, const std::optional<Hash>& value,
               const MapProof& proof) {
  const std::size_t depth = proof.siblings.size();
  if (depth > kDepthMax || (value.has_value() && proof.other.has_value())) return false;
  Hash hash = kEmpty;
  if (value.has_value()) hash = KeyedLeaf(key, *value);
  if (proof.other.has_value()) {
    // The other leaf must stand where this key would: the same path, another key.
    if (proof.other->first == key) return false;
    for (std::size_t i = 0; i < depth; ++i) {
      if (Bit(proof.other->first, i) != Bit(key, i)) return false;
    }
    hash = KeyedLeaf(proof.other->first, proof.other->second);
  }
  for (std::size_t i = depth; i-- > 0;) {
    hash = Bit(key, i) ? Tagged(3, proof.siblings[i], hash) : Tagged(3, hash, proof.siblings[i]);
  }
  return hash == root;
}

}  // namespace mlup::proof
