// Counts links by reading what they point to.
#include "services/esdb/links.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"

namespace mlup::esdb {
namespace {

constexpr std::uint64_t kEvery = 256;

}  // namespace

log::pb::Filter LinkFilter(const Name& name) {
  log::pb::Filter filter;
  if (name.kind == NameKind::kCorrelation || name.kind == NameKind::kStreams) return filter;
  if (name.kind == NameKind::kType) {
    filter.add_types(name.stream);
    filter.add_types(std::string(kExternalEventType));
  } else if (IsDomainCategory(name.stream)) {
    filter.add_categories(name.stream);
  } else {
    filter.add_stream_prefixes(absl::StrCat("ext/", name.stream, "-"));
  }
  return filter;
}

bool IsLinked(const Name& name, const Outline& outline) {
  if (outline.stream.empty()) return false;
  if (name.kind == NameKind::kType) return outline.type == name.stream;
  if (outline.type.starts_with("$")) return false;
  if (name.kind == NameKind::kCorrelation) return outline.correlation == name.stream;
  const bool is_first = outline.revision == 0 && !outline.stream.starts_with("$");
  if (name.kind == NameKind::kStreams) return is_first;
  if (name.kind == NameKind::kStreamsOfCategory && !is_first) return false;
  return ClientCategory(outline.stream) == name.stream;
}

absl::StatusOr<LinkNumbers::Place> LinkNumbers::Seek(const Name& name, std::uint64_t number) {
  if (number == 0) return Place{};
  ASSIGN_OR_RETURN(const Known known, Extend(name));
  if (number >= known.count) return Place{mlup::Next(known.scanned_to), known.count};
  const std::uint64_t mark = number / kEvery;
  return Place{known.marks[mark], mark * kEvery};
}

absl::StatusOr<LinkNumbers::Total> LinkNumbers::Count(const Name& name) {
  ASSIGN_OR_RETURN(const Known known, Extend(name));
  return Total{known.count, known.scanned_to};
}

absl::StatusOr<std::optional<Position>> LinkNumbers::Find(const Name& name, std::uint64_t number) {
  ASSIGN_OR_RETURN(Place place, Seek(name, number));
  log::pb::ReadAllRequest request;
  *request.mutable_filter() = LinkFilter(name);
  request.set_limit(static_cast<std::uint32_t>(kEvery));
  request.set_from_position(place.from.value);
  while (true) {
    ASSIGN_OR_RETURN(const log::pb::ReadAllResponse page, log_.ReadAll(request));
    for (const log::pb::Record& record : page.records()) {
      if (!IsLinked(name, OutlineOf(record))) continue;
      if (place.number++ == number) return std::optional<Position>(Position{record.position()});
    }
    if (page.next_position() == 0) return std::optional<Position>();
    request.set_from_position(page.next_position());
  }
}

absl::StatusOr<std::uint64_t> LinkNumbers::NumberOf(const Name& name, Position position,
                                                    Place& near) {
  ASSIGN_OR_RETURN(const Known known, Extend(name));
  const auto after = std::upper_bound(known.marks.begin(), known.marks.end(), position);
  const auto marks = static_cast<std::uint64_t>(after - known.marks.begin());
  if (marks > 0 && (position < near.from || near.from < known.marks[marks - 1])) {
    near = {known.marks[marks - 1], (marks - 1) * kEvery};
  }
  log::pb::ReadAllRequest request;
  *request.mutable_filter() = LinkFilter(name);
  request.set_limit(static_cast<std::uint32_t>(kEvery));
  while (near.from < position) {
    request.set_from_position(near.from.value);
    ASSIGN_OR_RETURN(const log::pb::ReadAllResponse page, log_.ReadAll(request));
    near.from =
        std::min(page.next_position() == 0 ? position : Position{page.next_position()}, position);
    for (const log::pb::Record& record : page.records()) {
      if (record.position() >= position.value) break;
      if (IsLinked(name, OutlineOf(record))) ++near.number;
    }
  }
  return near.number;
}

absl::StatusOr<LinkNumbers::Known> LinkNumbers::Extend(const Name& name) {
  Known known = Load(name.client);
  log::pb::ReadAllRequest request;
  *request.mutable_filter() = LinkFilter(name);
  request.set_limit(static_cast<std::uint32_t>(kReadEventsMax));
  request.set_from_position(known.scanned_to.value + 1);
  while (true) {
    ASSIGN_OR_RETURN(const log::pb::ReadAllResponse page, log_.ReadAll(request));
    for (const log::pb::Record& record : page.records()) {
      if (!IsLinked(name, OutlineOf(record))) continue;
      if (known.count++ % kEvery == 0) known.marks.push_back({record.position()});
    }
    if (page.next_position() == 0) {
      known.scanned_to = {std::max(page.head(), known.scanned_to.value)};
      Store(name.client, known);
      return known;
    }
    request.set_from_position(page.next_position());
  }
}

LinkNumbers::Known LinkNumbers::Load(const std::string& name) {
  MutexLock lock(mutex_);
  const auto found = std::find_if(known_.begin(), known_.end(),
                                  [&name](const auto& entry) { return entry.first == name; });
  if (found == known_.end()) return {};
  known_.splice(known_.begin(), known_, found);
  return found->second;
}

void LinkNumbers::Store(const std::string& name, Known known) {
  MutexLock lock(mutex_);
  const auto found = std::find_if(known_.begin(), known_.end(),
                                  [&name](const auto& entry) { return entry.first == name; });
  if (found == known_.end()) {
    known_.emplace_front(name, std::move(known));
    if (known_.size() > kEsdbLinkStreamsMax) known_.pop_back();
  } else if (found->second.scanned_to < known.scanned_to) {
    found->second = std::move(known);
  }
}

}  // namespace mlup::esdb
