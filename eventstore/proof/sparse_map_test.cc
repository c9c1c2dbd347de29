// The sparse Merkle tree against the definition of its root, and its proofs of presence and
// absence.
#include "eventstore/proof/sparse_map.h"

#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace mlup::proof {
namespace {

using Model = std::map<Hash, Hash>;

Hash Tag(char prefix, const Hash& a, const Hash& b) {
  std::string bytes(1, prefix);
  bytes.append(a.begin(), a.end());
  bytes.append(b.begin(), b.end());
  return Sha256(bytes);
}

// The root straight from the definition.
Hash RootOf(const Model& model, std::size_t depth = 0) {
  if (model.empty()) return {};
  if (model.size() == 1) return Tag(2, model.begin()->first, model.begin()->second);
  Model sides[2];
  for (const auto& [key, value] : model)
    sides[(key[depth / 8] >> (7 - depth % 8)) & 1][key] = value;
  return Tag(3, RootOf(sides[0], depth + 1), RootOf(sides[1], depth + 1));
}

TEST(SparseMapTest, RootFollowsTheDefinitionInWhateverOrderKeysCome) {
  constexpr std::uint64_t kSeed = 20211;
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  SparseMap map;
  Model model;
  EXPECT_EQ(map.Root(), Hash{});
  for (int step = 0; step < 300; ++step) {
    Hash key = Sha256(std::to_string(random() % 120));
    // Keys that share a long beginning, as chance hardly makes them.
    if (random() % 4 == 0) key.fill(static_cast<std::uint8_t>(random() % 2));
    if (random() % 8 == 0) key[31] ^= 1;
    const Hash value = Sha256(std::to_string(random()));
    map.Set(key, value);
    model[key] = value;
    if (step % 7 == 0) {
      ASSERT_EQ(map.Root(), RootOf(model)) << step;
    }
  }
  EXPECT_EQ(map.Root(), RootOf(model));
  EXPECT_EQ(map.size(), model.size());
}

TEST(SparseMapTest, PresenceAndAbsenceAreProvedAndNothingElse) {
  SparseMap map;
  for (int i = 0; i < 100; ++i) map.Set(Sha256(std::to_string(i)), Sha256("v" + std::to_string(i)));
  const Hash root = map.Root();
  for (int i = 0; i < 200; ++i) {
    const Hash key = Sha256(std::to_string(i));
    const Hash value = Sha256("v" + std::to_string(i));
    MapProof proof = map.Prove(key);
    const bool present = i < 100;
    EXPECT_EQ(VerifyMap(root, key, value, proof), present) << i;
    EXPECT_EQ(VerifyMap(root, key, std::nullopt, proof), !present) << i;
    EXPECT_FALSE(VerifyMap(root, key, Sha256("other"), proof));
    EXPECT_FALSE(VerifyMap(Sha256("other"), key, value, proof));
    proof.siblings.back()[3] ^= 4;
    EXPECT_FALSE(VerifyMap(root, key, value, proof));
    EXPECT_FALSE(VerifyMap(root, key, std::nullopt, proof));
  }
}

TEST(SparseMapTest, AnotherLeafProvesAbsenceOnlyAtItsOwnPlace) {
  SparseMap map;
  for (int i = 0; i < 50; ++i) map.Set(Sha256(std::to_string(i)), Sha256("v"));
  const Hash present = Sha256("7");
  MapProof forged = map.Prove(present);
  forged.other.emplace(present, Sha256("v"));
  EXPECT_FALSE(VerifyMap(map.Root(), present, std::nullopt, forged));
  for (int i = 0; i < 50; ++i) {
    MapProof proof = map.Prove(Sha256(std::to_string(i)));
    proof.other.emplace(Sha256(std::to_string(i)), Sha256("v"));
    if (i == 7) continue;
    EXPECT_FALSE(VerifyMap(map.Root(), present, std::nullopt, proof));
  }
}

}  // namespace
}  // namespace mlup::proof
