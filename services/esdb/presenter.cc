// Asks what may be seen, then resolves links.
#include "services/esdb/presenter.h"

#include <iterator>
#include <unordered_map>
#include <utility>

#include "eventstore/log/timestamp.h"
#include "services/esdb/metadata.h"

namespace mlup::esdb {

absl::StatusOr<std::vector<ReadEvent>> Presenter::Present(std::vector<Found> found) const {
  std::vector<log::pb::Record> records;
  std::vector<std::uint64_t> positions;
  records.reserve(found.size());
  positions.reserve(found.size());
  for (Found& one : found) {
    positions.push_back(one.record.position());
    records.push_back(std::move(one.record));
  }
  if (!options_.admitted) {
    ASSIGN_OR_RETURN(records, Admitted(std::move(records)));
  }

  // What is left out leaves a gap; what is left is in the same order.
  std::vector<ReadEvent> events;
  events.reserve(records.size());
  std::unordered_map<std::uint64_t, log::pb::Record> admitted;
  for (log::pb::Record& record : records) {
    const std::uint64_t position = record.position();
    admitted.emplace(position, std::move(record));
  }
  ShownStreams shown;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto seen = admitted.find(positions[i]);
    if (seen == admitted.end()) continue;
    found[i].record = std::move(seen->second);
    ASSIGN_OR_RETURN(ReadEvent event, One(found[i], shown));
    events.push_back(std::move(event));
  }
  return events;
}

absl::StatusOr<std::vector<log::pb::Record>> Presenter::Admitted(
    std::vector<log::pb::Record> records) const {
  if (!admit_ || records.empty()) return records;
  return admit_(std::move(records), options_.direction);
}

absl::StatusOr<bool> Presenter::Sees(const log::pb::Record& record) const {
  ASSIGN_OR_RETURN(const std::vector<log::pb::Record> seen, Admitted({record}));
  return !seen.empty();
}

absl::StatusOr<ReadEvent> Presenter::One(const Found& found, ShownStreams& shown) const {
  ReadEvent event;
  event.set_commit_position(found.record.position());
  if (found.link_number.has_value()) {
    RecordedEvent link =
        VirtualLink(options_.link_stream, *found.link_number, found.record, options_.uuids);
    const bool resolves =
        options_.resolve_links && link.metadata().at("type") != kStreamReferenceType;
    *(resolves ? event.mutable_link() : event.mutable_event()) = std::move(link);
    if (!resolves) return event;
    ASSIGN_OR_RETURN(const bool is_shown, IsShown(found.record, found.outline, shown));
    if (!is_shown) return event;
    ASSIGN_OR_RETURN(*event.mutable_event(), ToRecorded(found.record, options_.uuids));
    return event;
  }
  ASSIGN_OR_RETURN(RecordedEvent recorded, ToRecorded(found.record, options_.uuids));
  if (!options_.resolve_links || found.outline.type != kLinkType) {
    *event.mutable_event() = std::move(recorded);
    return event;
  }
  RETURN_IF_ERROR(PutTarget(recorded, shown, event));
  *event.mutable_link() = std::move(recorded);
  return event;
}

absl::Status Presenter::PutTarget(const RecordedEvent& link, ShownStreams& shown,
                                  ReadEvent& event) const {
  const absl::StatusOr<LinkTarget> target = ParseLink(link.data());
  if (!target.ok()) return absl::OkStatus();
  const absl::StatusOr<Name> name = ParseName(target->stream);
  // A link that points to nothing, or to another link, is shown without an event.
  if (!name.ok() || name->IsVirtual() || name->kind == NameKind::kReserved ||
      target->revision >= kDeletedRevision) {
    return absl::OkStatus();
  }
  log::pb::ReadStreamRequest request;
  request.set_stream(name->stream);
  request.set_from_revision(target->revision + 1);
  request.set_limit(1);
  ASSIGN_OR_RETURN(log::pb::ReadStreamResponse page, parts_.log.ReadStream(request));
  ASSIGN_OR_RETURN(const std::vector<log::pb::Record> records,
                   Admitted({std::make_move_iterator(page.mutable_records()->begin()),
                             std::make_move_iterator(page.mutable_records()->end())}));
  if (records.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool is_shown,
                   IsShown(records.front(), OutlineOf(records.front()), shown));
  if (!is_shown) return absl::OkStatus();
  ASSIGN_OR_RETURN(*event.mutable_event(), ToRecorded(records.front(), options_.uuids));
  return absl::OkStatus();
}

absl::StatusOr<bool> Presenter::IsShown(const log::pb::Record& record, const Outline& outline,
                                        ShownStreams& shown) const {
  ASSIGN_OR_RETURN(const Name name, ParseName(outline.stream));
  if (!name.IsExternal()) return true;
  const auto [entry, is_new] = shown.try_emplace(name.stream);
  Shown& about = entry->second;
  if (is_new) {
    ASSIGN_OR_RETURN(about.metadata, parts_.esdb_log.Metadata(name));
    log::pb::ReadStreamRequest request;
    request.set_stream(name.stream);
    request.set_direction(log::pb::DIRECTION_BACKWARD);
    request.set_limit(1);
    if (about.metadata.max_count.has_value()) {
      ASSIGN_OR_RETURN(const log::pb::ReadStreamResponse page, parts_.log.ReadStream(request));
      about.first = about.metadata.FirstShown(page.last_revision() - 1);
    } else {
      about.first = about.metadata.FirstShown(0);
    }
  }
  return !about.metadata.tombstoned && outline.revision >= about.first &&
         about.metadata.IsYoung(log::FromTimestamp(record.recorded_at()), parts_.clock.Now());
}

}  // namespace mlup::esdb
