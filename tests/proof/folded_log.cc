#include "tests/proof/folded_log.h"

#include <algorithm>
#include <set>
#include <utility>

#include "eventstore/base/check.h"
#include "eventstore/proof/header.h"

namespace mlup::proof {
namespace {

std::uint64_t SizeOf(const log::v1::Record& map_record) {
  const auto map = MapRecord::FromCommon(map_record.event().common());
  CHECK(map.has_value());
  return map->size;
}

std::vector<Position> UpTo(Position last, const std::vector<Position>& positions) {
  return {positions.begin(), std::upper_bound(positions.begin(), positions.end(), last)};
}

}  // namespace

FoldedLog::FoldedLog(std::vector<log::v1::Record> records, const std::vector<std::string>& people) {
  std::set<std::uint64_t> wanted;
  for (const auto& record : records) {
    if (IsMapRecord(record)) wanted.insert(SizeOf(record));
  }
  roots_.push_back(fold_.Root());
  for (auto& record : records) {
    if (wanted.count(fold_.size()) != 0) ProveMap(people);
    if (IsMapRecord(record)) {
      const std::uint64_t size = SizeOf(record);
      const Hash root = evidence_.at(size).begin()->second.root;
      record.mutable_event()->set_common(MapRecord{size, root}.ToCommon());
      maps_.push_back({record.position()});
    }
    Take(record);
  }
}

void FoldedLog::ProveMap(const std::vector<std::string>& people) {
  auto& all = evidence_[fold_.size()];
  for (const std::string& person : people) {
    auto evidence = ProveInMap(*this, fold_, person);
    CHECK(evidence.ok());
    all[person] = *std::move(evidence);
  }
}

void FoldedLog::Take(const log::v1::Record& record) {
  const auto step = fold_.Append(record);
  CHECK(step.ok());
  records_.push_back(record);
  hashes_.push_back(step->header_hash);
  roots_.push_back(fold_.Root());
  by_stream_[record.stream()].push_back({record.position()});
  for (const std::string_view subject : step->subjects) {
    by_subject_[std::string(subject)].push_back({record.position()});
  }
  const auto completed = fold_.tree().completed();
  if (nodes_.size() < completed.size()) nodes_.resize(completed.size());
  for (std::size_t i = 0; i < completed.size(); ++i) nodes_[i].push_back(completed[i]);
}

MapRecord FoldedLog::MapAt(Position map_position) const {
  const auto map = MapRecord::FromCommon(records_.at(map_position.value - 1).event().common());
  CHECK(map.has_value());
  return *map;
}

Bundle FoldedLog::Build(const std::string& subject_id, const BundleNotes& notes) const {
  auto bundle =
      BuildBundle(*this, evidence_.at(MapAt(notes.map_position).size).at(subject_id), notes);
  CHECK(bundle.ok());
  return *std::move(bundle);
}

std::vector<Hash> FoldedLog::Consistency(std::uint64_t old_size, std::uint64_t new_size) const {
  const auto proof = ConsistencyProof(
      [this](int level, std::uint64_t index) { return Node(level, index); }, old_size, new_size);
  CHECK(proof.ok());
  return *proof;
}

std::vector<Hash> FoldedLog::Inclusion(const Bundle& bundle, std::uint64_t size) const {
  std::set<std::uint64_t> indexes = {bundle.map_position.value - 1};
  for (const BundledEvent& event : bundle.events) {
    const auto header = ParseHeader(event.header);
    if (!header.ok()) return bundle.inclusion;
    indexes.insert(header->position.value - 1);
  }
  if (*indexes.rbegin() >= size) return bundle.inclusion;
  const std::vector<std::uint64_t> sorted(indexes.begin(), indexes.end());
  const auto proof = MultiInclusionProof(
      [this](int level, std::uint64_t index) { return Node(level, index); }, sorted, size);
  CHECK(proof.ok());
  return *proof;
}

absl::StatusOr<log::v1::Record> FoldedLog::ReadRecord(Position position) const {
  return records_.at(position.value - 1);
}

absl::StatusOr<Hash> FoldedLog::HeaderHash(Position position) const {
  return hashes_.at(position.value - 1);
}

absl::StatusOr<std::vector<Position>> FoldedLog::PositionsOf(std::string_view subject_id,
                                                             Position last) const {
  const auto found = by_subject_.find(subject_id);
  return found == by_subject_.end() ? std::vector<Position>() : UpTo(last, found->second);
}

absl::StatusOr<std::vector<Position>> FoldedLog::StreamPositions(std::string_view stream,
                                                                 Position last) const {
  const auto found = by_stream_.find(stream);
  return found == by_stream_.end() ? std::vector<Position>() : UpTo(last, found->second);
}

absl::StatusOr<Position> FoldedLog::StreamPosition(std::string_view stream,
                                                   Revision revision) const {
  return by_stream_.find(stream)->second.at(revision.value - 1);
}

absl::StatusOr<Hash> FoldedLog::Node(int level, std::uint64_t index) const {
  return nodes_.at(static_cast<std::size_t>(level)).at(index);
}

void Renumber(std::vector<log::v1::Record>& records) {
  std::map<std::string, std::uint64_t> revisions;
  std::int64_t seconds = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    log::v1::Record& record = records[i];
    record.set_position(i + 1);
    record.set_append_first_position(i + 1);
    record.set_append_event_count(1);
    record.set_revision(++revisions[record.stream()]);
    seconds = std::max(seconds, record.recorded_at().seconds());
    record.mutable_recorded_at()->set_seconds(seconds);
    if (IsMapRecord(record) && SizeOf(record) >= record.position()) {
      record.mutable_event()->set_common(MapRecord{i, {}}.ToCommon());
    }
  }
}

}  // namespace mlup::proof
