#include "projections/proofs/hash_tiles.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"

#include "eventstore/base/check.h"
#include "projections/proofs/keys.h"

namespace mlup::projections {
namespace {

using proof::Hash;

constexpr int kTileLevels = 8;
constexpr std::uint64_t kTileHashes = 1 << kTileLevels;
constexpr std::size_t kHashBytes = std::tuple_size_v<Hash>;

int LevelOf(std::size_t place) { return static_cast<int>(place) * kTileLevels; }

Hash HashAt(std::string_view hashes, std::size_t index) {
  Hash hash;
  const std::string_view bytes = hashes.substr(index * kHashBytes, kHashBytes);
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

}  // namespace

void HashTiles::Append(const Hash& header_hash, const proof::MerkleFrontier& tree, Rows& rows) {
  Append(0, header_hash, rows);
  for (std::size_t place = 1; place < kLevels; ++place) {
    const auto level = static_cast<std::size_t>(LevelOf(place));
    if (level >= tree.completed().size()) break;
    Append(place, tree.completed()[level], rows);
  }
}

void HashTiles::Append(std::size_t place, const Hash& hash, Rows& rows) {
  Level& level = levels_[place];
  level.tail.append(hash.begin(), hash.end());
  level.changed = true;
  ++level.size;
  if (level.size % kTileHashes != 0) return;
  rows.Put(TileKey(LevelOf(place), level.size / kTileHashes - 1), std::move(level.tail));
  level.tail.clear();
  level.changed = false;
}

void HashTiles::AddPartial(Rows& rows) {
  for (std::size_t place = 0; place < kLevels; ++place) {
    Level& level = levels_[place];
    if (!level.changed) continue;
    rows.Put(TileKey(LevelOf(place), level.size / kTileHashes), level.tail);
    level.changed = false;
  }
}

absl::Status HashTiles::Restore(const Snapshot& rows, std::uint64_t size) {
  for (std::size_t place = 0; place < kLevels; ++place) {
    Level& level = levels_[place];
    level = {size >> LevelOf(place), "", false};
    read_[place] = {};
    const std::uint64_t rest = level.size % kTileHashes;
    if (rest == 0) continue;
    // As of a full tile: Hashes() looks at the tail first.
    const std::uint64_t first = level.size - rest;
    ASSIGN_OR_RETURN(const std::optional<std::string> row,
                     rows.Get(TileKey(LevelOf(place), first / kTileHashes)));
    if (!row || row->size() != rest * kHashBytes) {
      return Error(absl::StatusCode::kDataLoss, "PROOFS_DAMAGED",
                   absl::StrCat("the last tile of level ", LevelOf(place), " is not there"));
    }
    level.tail = *row;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> HashTiles::Hashes(const Snapshot& rows, std::size_t place,
                                              std::uint64_t first, std::uint64_t count) const {
  const Level& level = levels_[place];
  CHECK(first + count <= level.size);
  const std::uint64_t tile = first / kTileHashes;
  const std::size_t offset = first % kTileHashes * kHashBytes;
  if (tile == level.size / kTileHashes) return level.tail.substr(offset, count * kHashBytes);
  ReadTile& read = read_[place];
  if (read.tile != tile) {
    ASSIGN_OR_RETURN(std::optional<std::string> row, rows.Get(TileKey(LevelOf(place), tile)));
    if (!row || row->size() != kTileHashes * kHashBytes) {
      return Error(absl::StatusCode::kDataLoss, "PROOFS_DAMAGED",
                   absl::StrCat("tile ", tile, " of level ", LevelOf(place), " is not there"));
    }
    read = {tile, *std::move(row)};
  }
  return read.hashes.substr(offset, count * kHashBytes);
}

absl::StatusOr<Hash> HashTiles::Node(const Snapshot& rows, int level, std::uint64_t index) const {
  const auto place = static_cast<std::size_t>(level / kTileLevels);
  CHECK(level >= 0 && place < kLevels);
  const std::uint64_t count = std::uint64_t{1} << (level % kTileLevels);
  ASSIGN_OR_RETURN(const std::string bytes, Hashes(rows, place, index * count, count));
  std::vector<Hash> nodes;
  nodes.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view hash = std::string_view(bytes).substr(i * kHashBytes, kHashBytes);
    nodes.push_back(place == 0 ? proof::LeafHash(hash) : HashAt(bytes, i));
  }
  for (; nodes.size() > 1; nodes.resize(nodes.size() / 2)) {
    for (std::size_t i = 0; i < nodes.size() / 2; ++i) {
      nodes[i] = proof::NodeHash(nodes[2 * i], nodes[2 * i + 1]);
    }
  }
  return nodes.front();
}

absl::StatusOr<Hash> HashTiles::HeaderHash(const Snapshot& rows, Position position) const {
  CHECK(position.value > 0);
  ASSIGN_OR_RETURN(const std::string bytes, Hashes(rows, 0, position.value - 1, 1));
  return HashAt(bytes, 0);
}

}  // namespace mlup::projections
