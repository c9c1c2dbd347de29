#include "projections/proofs/proof_index.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "eventstore/base/check.h"
#include "projections/history_token.h"
#include "projections/proofs/keys.h"

namespace mlup::projections {
namespace {

using log::v1::Record;
using proof::Hash;
using proof::MapLeaf;

constexpr std::uint32_t kStreamPage = 256;

std::string LeafText(const MapLeaf& leaf) {
  return BigEndian(leaf.count) + std::string(leaf.head.begin(), leaf.head.end());
}

absl::Status Damaged(std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "PROOFS_DAMAGED", what);
}

// All leaves under the one-letter prefix.
absl::StatusOr<proof::Leaves> ReadLeaves(const Snapshot& rows, std::string_view prefix) {
  proof::Leaves leaves;
  RETURN_IF_ERROR(rows.ForEach(prefix, [&](std::string_view key, std::string_view value) {
    MapLeaf leaf;
    if (value.size() != 8 + leaf.head.size()) return Damaged("a leaf is not of its size");
    leaf.count = FromBigEndian(value.substr(0, 8));
    std::copy(value.begin() + 8, value.end(), leaf.head.begin());
    leaves.emplace(key.substr(prefix.size()), leaf);
    return absl::OkStatus();
  }));
  return leaves;
}

// The record at `position`, or nothing past the log's end.
absl::StatusOr<std::optional<Record>> Find(log::EventLog& log, Position position) {
  log::v1::ReadAllRequest request;
  request.set_from_position(position.value);
  request.set_limit(1);
  ASSIGN_OR_RETURN(log::v1::ReadAllResponse page, log.ReadAll(request));
  if (page.records().empty()) return std::optional<Record>();
  return std::optional<Record>(std::move(*page.mutable_records(0)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ProofIndex>> ProofIndex::Open(SharedReader& reader,
                                                             ReadModelStore& store) {
  std::unique_ptr<ProofIndex> index(new ProofIndex(reader, store));
  RETURN_IF_ERROR(index->Load());
  return index;
}

absl::Status ProofIndex::Load() {
  rows_ = store_.TakeSnapshot();
  unkept_ = {};
  const Checkpoint at = rows_->checkpoint();
  if (at.position.value == 0) return Empty();
  ASSIGN_OR_RETURN(const bool is_ours, Holds(log_, at));
  if (!is_ours) return Empty();
  const absl::Status restored = Restore();
  return absl::IsDataLoss(restored) ? Empty() : restored;
}

absl::Status ProofIndex::Restore() {
  const std::uint64_t size = rows_->checkpoint().position.value;
  RETURN_IF_ERROR(tiles_.Restore(*rows_, size));
  const auto node = [this](int level, std::uint64_t index) {
    return tiles_.Node(*rows_, level, index);
  };
  ASSIGN_OR_RETURN(proof::MerkleFrontier tree, proof::MerkleFrontier::Load(node, size));
  ASSIGN_OR_RETURN(const proof::Leaves streams, ReadLeaves(*rows_, StreamLeafKey("")));
  ASSIGN_OR_RETURN(const proof::Leaves subjects, ReadLeaves(*rows_, SubjectLeafKey("")));
  fold_ = proof::LogFold(std::move(tree), streams, subjects);
  return absl::OkStatus();
}

absl::Status ProofIndex::Empty() {
  rows_.reset();
  unkept_ = {};
  RETURN_IF_ERROR(store_.Clear());
  rows_ = store_.TakeSnapshot();
  fold_ = {};
  tiles_ = {};
  return absl::OkStatus();
}

absl::Status ProofIndex::Take(Position up_to) {
  if (store_.IsDamaged()) RETURN_IF_ERROR(Empty());
  if (ahead_) {
    RETURN_IF_ERROR(Load());
    ahead_ = false;
  }
  RETURN_IF_ERROR(CheckMaps(up_to));
  if (!wrong_map_ || *wrong_map_ > up_to) return TakeRuns(up_to);
  RETURN_IF_ERROR(TakeRuns({wrong_map_->value - 1}));
  return Error(absl::StatusCode::kDataLoss, "MAP_ROOT_WRONG",
               absl::StrCat("event ", wrong_map_->value,
                            " records a map that is not the one derived from the log: nothing is "
                            "proved or signed past it; stop and run `mlup verify`"));
}

// The map of a size is gone one event later: what records it, which may stand far after, has to be
// known before.
absl::Status ProofIndex::CheckMaps(Position up_to) {
  if (size() >= up_to.value) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::vector<RecordedMap> maps, ReadMaps());
  if (!maps.empty() && maps.front().map.size < size()) {
    // The process ended between this map and the event that records it.
    RETURN_IF_ERROR(Empty());
    right_maps_.clear();
    ASSIGN_OR_RETURN(maps, ReadMaps());
  }
  for (const RecordedMap& recorded : maps) {
    if (recorded.map.size > up_to.value) break;
    RETURN_IF_ERROR(TakeRuns({recorded.map.size}));
    const proof::MapRecord& map = recorded.map;
    if (map.size == size() && map.root != Hash{} && map.root == fold_.MapRoot()) {
      right_maps_.insert(recorded.position.value);
    } else {
      wrong_map_ = std::min(recorded.position, wrong_map_.value_or(recorded.position));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ProofIndex::RecordedMap>> ProofIndex::ReadMaps() {
  right_maps_.erase(right_maps_.begin(), right_maps_.upper_bound(size()));
  std::vector<RecordedMap> maps;
  log::v1::ReadStreamRequest request;
  request.set_stream(std::string(proof::kMapStream));
  request.set_limit(kStreamPage);
  request.set_from_revision(fold_.StreamLeaf(proof::kMapStream).count + 1);
  while (true) {
    ASSIGN_OR_RETURN(const log::v1::ReadStreamResponse page, log_.ReadStream(request));
    if (page.records().empty()) break;
    maps.reserve(maps.size() + static_cast<std::size_t>(page.records_size()));
    for (const Record& record : page.records()) {
      if (!proof::IsMapRecord(record) || right_maps_.contains(record.position())) continue;
      const auto map = proof::MapRecord::FromCommon(record.event().common());
      const bool may_be = map.has_value() && map->size < record.position();
      // One without a form is of no map, and no map that is recorded is empty.
      maps.push_back({{record.position()},
                      may_be ? *map : proof::MapRecord{.size = record.position() - 1, .root = {}}});
    }
    request.set_from_revision(page.records().rbegin()->revision() + 1);
  }
  std::sort(maps.begin(), maps.end(),
            [](const RecordedMap& a, const RecordedMap& b) { return a.map.size < b.map.size; });
  return maps;
}

absl::Status ProofIndex::TakeRuns(Position up_to) {
  while (size() < up_to.value) {
    const std::uint64_t before = size();
    const absl::Status taken = TakeRun(up_to);
    if (size() - rows_->checkpoint().position.value >= kKeepEvents) RETURN_IF_ERROR(Keep());
    RETURN_IF_ERROR(taken);
    if (size() == before) break;
  }
  return absl::OkStatus();
}

absl::Status ProofIndex::CatchUp(Position up_to) {
  absl::Status taken = Take(up_to);
  RETURN_IF_ERROR(Keep());
  return taken;
}

absl::Status ProofIndex::TakeRun(Position up_to) {
  ASSIGN_OR_RETURN(const Reading reading, reader_.After({size()}));
  const std::uint64_t count = std::min<std::uint64_t>(reading.size(), up_to.value - size());
  absl::Status refused;
  const Record* last = nullptr;
  for (std::size_t i = 0; i < count; ++i) {
    const Record& record = reading[i].record();
    const absl::StatusOr<proof::FoldStep> step = fold_.Append(record);
    refused = step.status();
    if (!refused.ok()) break;
    tiles_.Append(step->header_hash, fold_.tree(), unkept_);
    for (const std::string_view subject_id : step->subjects) {
      unkept_.Put(SubjectPositionKey(subject_id, {record.position()}), "");
    }
    last = &record;
  }
  if (last != nullptr) history_ = HistoryToken(*last);
  return refused;
}

absl::Status ProofIndex::Keep() {
  if (ahead_ || size() == rows_->checkpoint().position.value) return absl::OkStatus();
  fold_.TakeChanged(
      [this](std::string_view stream, const MapLeaf& leaf) {
        unkept_.Put(StreamLeafKey(stream), LeafText(leaf));
      },
      [this](std::string_view subject_id, const MapLeaf& leaf) {
        unkept_.Put(SubjectLeafKey(subject_id), LeafText(leaf));
      });
  tiles_.AddPartial(unkept_);
  const absl::Status committed = store_.Commit(unkept_, {{size()}, history_});
  ahead_ = !committed.ok();
  RETURN_IF_ERROR(committed);
  unkept_ = {};
  rows_ = store_.TakeSnapshot();
  return absl::OkStatus();
}

const Snapshot& ProofIndex::rows() const {
  CHECK(rows_->checkpoint().position.value == size());
  return *rows_;
}

absl::StatusOr<Hash> ProofIndex::Root(std::uint64_t wanted) const {
  if (wanted > size()) {
    return Error(absl::StatusCode::kInvalidArgument, "SIZE_OUT_OF_RANGE",
                 absl::StrCat("the tree has ", size(), " events, asked for is ", wanted));
  }
  if (wanted == size()) return fold_.Root();
  ASSIGN_OR_RETURN(const proof::MerkleFrontier tree, proof::MerkleFrontier::Load(nodes(), wanted));
  return tree.Root();
}

proof::NodeSource ProofIndex::nodes() const {
  return [this](int level, std::uint64_t index) { return Node(level, index); };
}

absl::StatusOr<Hash> ProofIndex::Node(int level, std::uint64_t index) const {
  return tiles_.Node(rows(), level, index);
}

absl::StatusOr<Hash> ProofIndex::HeaderHash(Position position) const {
  return tiles_.HeaderHash(rows(), position);
}

absl::StatusOr<Record> ProofIndex::ReadRecord(Position position) const {
  ASSIGN_OR_RETURN(std::optional<Record> record, Find(log_, position));
  if (record && record->position() == position.value) return *std::move(record);
  return Error(absl::StatusCode::kDataLoss, "RECORD_MISSING",
               absl::StrCat("the log has no record at position ", position.value));
}

absl::StatusOr<std::vector<Position>> ProofIndex::PositionsOf(std::string_view subject_id,
                                                              Position last) const {
  std::vector<Position> positions;
  RETURN_IF_ERROR(rows().ForEach(SubjectPositionsPrefix(subject_id),
                                 [&](std::string_view key, std::string_view) {
                                   const Position position = PositionOfKey(key);
                                   if (position <= last) positions.push_back(position);
                                   return absl::OkStatus();
                                 }));
  return positions;
}

absl::StatusOr<std::vector<Position>> ProofIndex::StreamPositions(std::string_view stream,
                                                                  Position last) const {
  std::vector<Position> positions;
  log::v1::ReadStreamRequest request;
  request.set_stream(std::string(stream));
  request.set_limit(kStreamPage);
  const std::uint64_t count = fold_.StreamLeaf(stream).count;
  while (positions.size() < count) {
    request.set_from_revision(positions.size() + 1);
    ASSIGN_OR_RETURN(const log::v1::ReadStreamResponse page, log_.ReadStream(request));
    if (page.records().empty()) return Damaged("the log lost events of a stream");
    for (const Record& record : page.records()) {
      if (Position{record.position()} > last) return positions;
      positions.push_back({record.position()});
    }
  }
  return positions;
}

absl::StatusOr<Position> ProofIndex::StreamPosition(std::string_view stream,
                                                    Revision revision) const {
  log::v1::ReadStreamRequest request;
  request.set_stream(std::string(stream));
  request.set_from_revision(revision.value);
  request.set_limit(1);
  ASSIGN_OR_RETURN(const log::v1::ReadStreamResponse page, log_.ReadStream(request));
  if (page.records_size() != 1) return Damaged("the log lost an event of a stream");
  return Position{page.records(0).position()};
}

}  // namespace mlup::projections
