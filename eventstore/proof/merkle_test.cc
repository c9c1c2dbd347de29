// The tree of RFC 6962 against published roots and against itself for all small sizes.
#include "eventstore/proof/merkle.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include <gtest/gtest.h>

namespace mlup::proof {
namespace {

std::string Hex(const Hash& hash) {
  return absl::BytesToHexString({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

std::vector<Hash> ExampleLeaves(std::uint64_t count) {
  std::vector<Hash> leaves;
  for (std::uint64_t i = 0; i < count; ++i) leaves.push_back(LeafHash(std::to_string(i)));
  return leaves;
}

// Perfect subtrees computed from the leaves each time they are asked for.
NodeSource Nodes(const std::vector<Hash>& leaves) {
  return [&leaves](int level, std::uint64_t index) -> absl::StatusOr<Hash> {
    const std::uint64_t width = std::uint64_t{1} << level;
    MerkleFrontier tree;
    for (std::uint64_t i = 0; i < width; ++i) tree.Append(leaves.at(index * width + i));
    return tree.Root();
  };
}

Hash RootOf(const std::vector<Hash>& leaves, std::uint64_t size) {
  MerkleFrontier tree;
  for (std::uint64_t i = 0; i < size; ++i) tree.Append(leaves[i]);
  return tree.Root();
}

TEST(MerkleTest, RootsOfThePublishedVectors) {
  const char* const kInputs[] = {"",
                                 "00",
                                 "10",
                                 "2021",
                                 "3031",
                                 "40414243",
                                 "5051525354555657",
                                 "606162636465666768696a6b6c6d6e6f"};
  const char* const kRoots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  MerkleFrontier tree;
  EXPECT_EQ(Hex(tree.Root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (int i = 0; i < 8; ++i) {
    tree.Append(LeafHash(absl::HexStringToBytes(kInputs[i])));
    EXPECT_EQ(Hex(tree.Root()), kRoots[i]) << i + 1;
  }
}

TEST(MerkleTest, EveryLeafOfEverySmallTreeIsProvedAndNothingElse) {
  const std::vector<Hash> leaves = ExampleLeaves(40);
  for (std::uint64_t size = 1; size <= leaves.size(); ++size) {
    const Hash root = RootOf(leaves, size);
    for (std::uint64_t index = 0; index < size; ++index) {
      auto proof = InclusionProof(Nodes(leaves), index, size);
      ASSERT_TRUE(proof.ok());
      EXPECT_TRUE(VerifyInclusion(leaves[index], index, size, root, *proof))
          << index << "/" << size;
      EXPECT_FALSE(VerifyInclusion(leaves[index], index + 1, size, root, *proof));
      EXPECT_FALSE(VerifyInclusion(LeafHash("other"), index, size, root, *proof));
      proof->push_back(root);
      EXPECT_FALSE(VerifyInclusion(leaves[index], index, size, root, *proof));
      proof->pop_back();
      if (proof->empty()) continue;
      proof->back()[7] ^= 1;
      EXPECT_FALSE(VerifyInclusion(leaves[index], index, size, root, *proof));
      proof->pop_back();
      EXPECT_FALSE(VerifyInclusion(leaves[index], index, size, root, *proof));
    }
  }
}

TEST(MerkleTest, EverySmallTreeIsProvedTheBeginningOfEveryLargerOne) {
  const std::vector<Hash> leaves = ExampleLeaves(40);
  for (std::uint64_t old_size = 0; old_size <= leaves.size(); ++old_size) {
    for (std::uint64_t new_size = old_size; new_size <= leaves.size(); ++new_size) {
      const Hash old_root = RootOf(leaves, old_size);
      const Hash new_root = RootOf(leaves, new_size);
      auto proof = ConsistencyProof(Nodes(leaves), old_size, new_size);
      ASSERT_TRUE(proof.ok());
      EXPECT_TRUE(VerifyConsistency(old_size, old_root, new_size, new_root, *proof))
          << old_size << " in " << new_size;
      EXPECT_FALSE(VerifyConsistency(old_size, LeafHash("other"), new_size, new_root, *proof));
      if (old_size > 0) {
        EXPECT_FALSE(VerifyConsistency(old_size, old_root, new_size, LeafHash("other"), *proof));
      }
      if (proof->empty()) continue;
      proof->front()[0] ^= 0x80;
      EXPECT_FALSE(VerifyConsistency(old_size, old_root, new_size, new_root, *proof));
    }
  }
}

// Every set of leaves of every tree up to nine.
TEST(MerkleTest, AnyLeavesOfASmallTreeAreProvedTogether) {
  const std::vector<Hash> leaves = ExampleLeaves(9);
  for (std::uint64_t size = 1; size <= leaves.size(); ++size) {
    const Hash root = RootOf(leaves, size);
    for (std::uint64_t chosen = 1; chosen < std::uint64_t{1} << size; ++chosen) {
      std::vector<std::uint64_t> indexes;
      std::vector<std::pair<std::uint64_t, Hash>> wanted;
      for (std::uint64_t i = 0; i < size; ++i) {
        if ((chosen >> i & 1) == 0) continue;
        indexes.push_back(i);
        wanted.emplace_back(i, leaves[i]);
      }
      auto proof = MultiInclusionProof(Nodes(leaves), indexes, size);
      ASSERT_TRUE(proof.ok());
      ASSERT_TRUE(VerifyMultiInclusion(wanted, size, root, *proof)) << size << " " << chosen;
      wanted.back().second[3] ^= 1;
      EXPECT_FALSE(VerifyMultiInclusion(wanted, size, root, *proof));
      wanted.back().second[3] ^= 1;
      proof->push_back(root);
      EXPECT_FALSE(VerifyMultiInclusion(wanted, size, root, *proof));
      proof->pop_back();
      if (proof->empty()) continue;
      proof->front()[0] ^= 1;
      EXPECT_FALSE(VerifyMultiInclusion(wanted, size, root, *proof));
      proof->pop_back();
      EXPECT_FALSE(VerifyMultiInclusion(wanted, size, root, *proof));
    }
  }
}

TEST(MerkleTest, OneLeafIsProvedWithTheSameHashesAsAlone) {
  const std::vector<Hash> leaves = ExampleLeaves(40);
  for (std::uint64_t index = 0; index < leaves.size(); ++index) {
    auto alone = *InclusionProof(Nodes(leaves), index, leaves.size());
    auto among = *MultiInclusionProof(Nodes(leaves), std::array{index}, leaves.size());
    std::sort(alone.begin(), alone.end());
    std::sort(among.begin(), among.end());
    EXPECT_EQ(alone, among);
  }
}

TEST(MerkleTest, LeavesOutOfOrderOrOutsideProveNothing) {
  const Hash leaf = LeafHash("0");
  using Wanted = std::vector<std::pair<std::uint64_t, Hash>>;
  EXPECT_FALSE(VerifyMultiInclusion(Wanted{}, 1, leaf, std::vector<Hash>{leaf}));
  EXPECT_FALSE(VerifyMultiInclusion(Wanted{{1, leaf}}, 1, leaf, {}));
  EXPECT_FALSE(VerifyMultiInclusion(Wanted{{0, leaf}, {0, leaf}}, 1, leaf, {}));
  EXPECT_TRUE(VerifyMultiInclusion(Wanted{{0, leaf}}, 1, leaf, {}));
}

TEST(MerkleTest, ATreeIsLoadedFromItsNodesAndTellsThoseThatALeafCompletes) {
  const std::vector<Hash> leaves = ExampleLeaves(40);
  const NodeSource nodes = Nodes(leaves);
  for (std::uint64_t size = 0; size < leaves.size(); ++size) {
    auto tree = MerkleFrontier::Load(nodes, size);
    ASSERT_TRUE(tree.ok());
    EXPECT_EQ(tree->Root(), RootOf(leaves, size));
    tree->Append(leaves[size]);
    EXPECT_EQ(tree->Root(), RootOf(leaves, size + 1));
    for (std::size_t level = 0; level < tree->completed().size(); ++level) {
      EXPECT_EQ(tree->completed()[level], *nodes(static_cast<int>(level), size >> level));
    }
  }
}

}  // namespace
}  // namespace mlup::proof
