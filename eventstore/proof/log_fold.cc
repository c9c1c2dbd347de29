#include "eventstore/proof/log_fold.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "eventstore/proof/bytes.h"
#include "eventstore/proof/map_record.h"

namespace mlup::proof {
namespace {

absl::Status Broken(std::string_view reason, std::uint64_t position, std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, reason,
               absl::StrCat("event ", position, ": ", ToAbsl(what)));
}

template <typename Chains>
MapLeaf LeafOf(const Chains& chains, std::string_view name) {
  const auto found = chains.find(ToAbsl(name));
  return found == chains.end() ? MapLeaf{} : found->second.leaf;
}

}  // namespace

LogFold::LogFold(MerkleFrontier tree, const Leaves& streams, const Leaves& subjects)
    : tree_(std::move(tree)) {
  streams_.reserve(streams.size());
  subjects_.reserve(subjects.size());
  for (const auto& [name, leaf] : streams) SetStream(*streams_.try_emplace(name).first, leaf);
  for (const auto& [id, leaf] : subjects) {
    Set(*subjects_.try_emplace(id).first, leaf, changed_subjects_);
  }
}

void LogFold::Set(Chains::value_type& entry, const MapLeaf& leaf, Changed& changed) {
  entry.second.leaf = leaf;
  if (!entry.second.changed) changed.push_back(&entry);
  entry.second.changed = true;
}

void LogFold::SetStream(Chains::value_type& entry, const MapLeaf& leaf) {
  entry.second.leaf = leaf;
  if (!IsSystemStream(entry.first)) Set(entry, leaf, changed_streams_);
}

SparseMap& LogFold::Map() {
  for (Chains::value_type* stream : changed_streams_) {
    map_.Set(StreamKey(stream->first), stream->second.leaf.Value());
    stream->second.changed = false;
  }
  for (Chains::value_type* subject : changed_subjects_) {
    map_.Set(SubjectKey(subject->first), subject->second.leaf.Value());
    subject->second.changed = false;
  }
  changed_streams_.clear();
  changed_subjects_.clear();
  return map_;
}

absl::StatusOr<FoldStep> LogFold::Append(const log::v1::Record& record) {
  if (record.position() != size() + 1) {
    return Broken("POSITION_GAP", record.position(), absl::StrCat("comes after ", size()));
  }
  auto stream = streams_.find(record.stream());
  const MapLeaf before = stream == streams_.end() ? MapLeaf{} : stream->second.leaf;
  if (record.revision() != before.count + 1) {
    return Broken("REVISION_GAP", record.position(),
                  absl::StrCat("has revision ", record.revision(), " after ", before.count));
  }
  if (const absl::Status fits = CheckHeader(record); !fits.ok()) {
    return Broken("HEADER_UNFIT", record.position(),
                  absl::StrCat(ErrorField(fits), " ", fits.message()));
  }
  header_.clear();
  AppendHeader(record, before.head, header_);
  FoldStep step;
  step.header_hash = Sha256(header_);
  step.stream = {record.revision(), step.header_hash};
  tree_.Append(LeafHash(AsText(step.header_hash)));
  if (stream == streams_.end()) stream = streams_.try_emplace(record.stream()).first;
  SetStream(*stream, step.stream);
  if (IsSystemStream(record.stream())) return step;
  step.subjects.reserve(static_cast<std::size_t>(record.event().subjects_size()));
  for (const log::v1::SubjectPart& part : record.event().subjects()) {
    const auto named = [&part](const auto& subject) { return subject.first == part.subject_id(); };
    if (std::any_of(step.subjects.begin(), step.subjects.end(), named)) continue;
    Chains::value_type& subject = *subjects_.try_emplace(part.subject_id()).first;
    Set(subject, Extend(subject.second.leaf, step.header_hash), changed_subjects_);
    step.subjects.emplace_back(part.subject_id(), subject.second.leaf);
  }
  return step;
}

MapLeaf LogFold::StreamLeaf(std::string_view stream) const { return LeafOf(streams_, stream); }

MapLeaf LogFold::SubjectLeaf(std::string_view subject_id) const {
  return LeafOf(subjects_, subject_id);
}

}  // namespace mlup::proof
