#include "eventstore/proof/log_fold.h"

#include <algorithm>
#include <utility>

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
  for (const auto& [name, leaf] : streams) {
    Entry& entry = *streams_.try_emplace(name, Chain{leaf}).first;
    if (!IsSystemStream(name)) Mark(entry, &Chain::is_new_to_map, map_streams_);
  }
  for (const auto& [id, leaf] : subjects) {
    Mark(*subjects_.try_emplace(id, Chain{leaf}).first, &Chain::is_new_to_map, map_subjects_);
  }
}

void LogFold::Mark(Entry& entry, bool Chain::*mark, Changed& changed) {
  if (!(entry.second.*mark)) changed.push_back(&entry);
  entry.second.*mark = true;
}

void LogFold::TakeChanged(const Visit& stream, const Visit& subject) {
  const auto tell = [](Changed& changed, const Visit& visit) {
    for (Entry* entry : changed) {
      visit(entry->first, entry->second.leaf);
      entry->second.is_new_to_caller = false;
    }
    changed.clear();
  };
  tell(new_streams_, stream);
  tell(new_subjects_, subject);
}

SparseMap& LogFold::Map() {
  for (Entry* stream : map_streams_) {
    map_.Set(StreamKey(stream->first), stream->second.leaf.Value());
    stream->second.is_new_to_map = false;
  }
  for (Entry* subject : map_subjects_) {
    map_.Set(SubjectKey(subject->first), subject->second.leaf.Value());
    subject->second.is_new_to_map = false;
  }
  map_streams_.clear();
  map_subjects_.clear();
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
  tree_.Append(LeafHash(AsText(step.header_hash)));
  if (stream == streams_.end()) stream = streams_.try_emplace(record.stream()).first;
  stream->second.leaf = {record.revision(), step.header_hash};
  Mark(*stream, &Chain::is_new_to_caller, new_streams_);
  if (IsSystemStream(record.stream())) return step;
  Mark(*stream, &Chain::is_new_to_map, map_streams_);
  subjects_at_hand_.clear();
  for (const log::v1::SubjectPart& part : record.event().subjects()) {
    const auto known =
        std::find(subjects_at_hand_.begin(), subjects_at_hand_.end(), part.subject_id());
    if (known != subjects_at_hand_.end()) continue;
    Entry& subject = *subjects_.try_emplace(part.subject_id()).first;
    subject.second.leaf = Extend(subject.second.leaf, step.header_hash);
    Mark(subject, &Chain::is_new_to_caller, new_subjects_);
    Mark(subject, &Chain::is_new_to_map, map_subjects_);
    subjects_at_hand_.push_back(subject.first);
  }
  step.subjects = subjects_at_hand_;
  return step;
}

MapLeaf LogFold::StreamLeaf(std::string_view stream) const { return LeafOf(streams_, stream); }

MapLeaf LogFold::SubjectLeaf(std::string_view subject_id) const {
  return LeafOf(subjects_, subject_id);
}

}  // namespace mlup::proof
