// Tiles against the frontier that was folded.
#include "projections/proofs/hash_tiles.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "projections/proofs/keys.h"

namespace mlup::projections {
namespace {

using proof::Hash;
using proof::MerkleFrontier;

Hash HeaderHashOf(std::uint64_t index) {
  return proof::Sha256({reinterpret_cast<const char*>(&index), sizeof(index)});
}

proof::NodeSource NodesOf(const HashTiles& tiles, const Snapshot& rows) {
  return [&tiles, &rows](int level, std::uint64_t index) { return tiles.Node(rows, level, index); };
}

TEST(HashTilesTest, EveryRootOfTheTreeIsFoundAgain) {
  // Past the first subtree of level 16.
  constexpr std::uint64_t kSize = 65536 + 300;
  const std::vector<std::uint64_t> sizes = {0,   1,    2,     255,   256,   257,         511,  512,
                                            513, 1000, 65535, 65536, 65537, 65536 + 256, kSize};
  MemoryReadModelStore store;
  HashTiles tiles;
  MerkleFrontier tree;
  Rows rows;
  std::vector<Hash> roots = {tree.Root()};
  for (std::uint64_t i = 0; i < kSize; ++i) {
    const Hash header_hash = HeaderHashOf(i);
    tree.Append(proof::LeafHash({reinterpret_cast<const char*>(header_hash.data()), 32}));
    tiles.Append(header_hash, tree, rows);
    if (i + 1 == sizes[roots.size()]) roots.push_back(tree.Root());
  }
  tiles.AddPartial(rows);
  ASSERT_TRUE(store.Commit(rows, {{kSize}, 0}).ok());
  const auto snapshot = store.TakeSnapshot();
  HashTiles restored;
  ASSERT_TRUE(restored.Restore(*snapshot, kSize).ok());
  for (const HashTiles* const some : {&tiles, &restored}) {
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const auto again = MerkleFrontier::Load(NodesOf(*some, *snapshot), sizes[i]);
      ASSERT_TRUE(again.ok()) << again.status();
      EXPECT_EQ(again->Root(), roots[i]) << sizes[i];
    }
    for (const std::uint64_t position : {1u, 256u, 257u, 65536u, 65600u}) {
      EXPECT_EQ(*some->HeaderHash(*snapshot, {position}), HeaderHashOf(position - 1));
    }
  }
}

TEST(HashTilesTest, AMissingTileIsDamage) {
  MemoryReadModelStore store;
  HashTiles tiles;
  EXPECT_EQ(ErrorReason(tiles.Restore(*store.TakeSnapshot(), 300)), "PROOFS_DAMAGED");
  Rows rows;
  rows.Put(TileKey(8, 0), std::string(32, 'h'));
  ASSERT_TRUE(store.Commit(rows, {{256}, 0}).ok());
  ASSERT_TRUE(tiles.Restore(*store.TakeSnapshot(), 256).ok());
  EXPECT_EQ(ErrorReason(tiles.Node(*store.TakeSnapshot(), 3, 0).status()), "PROOFS_DAMAGED");
}

}  // namespace
}  // namespace mlup::projections
