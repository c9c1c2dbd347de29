#include "eventstore/proof/build_bundle.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/proof/map_record.h"
#include "eventstore/proof/note.h"

namespace mlup::proof {
namespace {

constexpr std::size_t kStreamsMax = 0xffff;

absl::Status TooLarge() {
  return Error(absl::StatusCode::kResourceExhausted, "BUNDLE_TOO_LARGE",
               "there is more about this person than one bundle holds");
}

absl::Status Inconsistent(std::string_view what) {
  return Error(absl::StatusCode::kInternal, "BUNDLE_INCONSISTENT", what);
}

// `person/…`, `access/…`, and the streams that began with this person alone.
absl::StatusOr<std::vector<std::string>> OwnStreams(const BundleSource& source,
                                                    std::string_view subject_id,
                                                    std::uint64_t size) {
  std::vector<std::string> streams = {absl::StrCat("person/", ToAbsl(subject_id)),
                                      absl::StrCat("access/", ToAbsl(subject_id))};
  ASSIGN_OR_RETURN(const auto positions, source.PositionsOf(subject_id, {size}));
  for (const Position position : positions) {
    ASSIGN_OR_RETURN(const log::v1::Record record, source.ReadRecord(position));
    if (record.revision() != 1 || record.event().subjects_size() != 1) continue;
    if (record.stream() == streams[0] || record.stream() == streams[1]) continue;
    streams.push_back(record.stream());
  }
  if (streams.size() > kStreamsMax) return TooLarge();
  return streams;
}

// What a bundle shows, with the index of the own stream where the event is of one.
using Shown = std::map<Position, std::optional<std::uint16_t>>;

absl::StatusOr<Shown> EventsToShow(const BundleSource& source, const MapEvidence& map) {
  Shown shown;
  ASSIGN_OR_RETURN(const auto naming, source.PositionsOf(map.subject_id, {map.size}));
  for (const Position position : naming) shown[position] = std::nullopt;
  for (std::size_t i = 0; i < map.streams.size(); ++i) {
    ASSIGN_OR_RETURN(const auto own, source.StreamPositions(map.streams[i].name, {map.size}));
    for (const Position position : own) shown[position] = static_cast<std::uint16_t>(i);
  }
  return shown;
}

absl::StatusOr<BundledEvent> ShowEvent(const BundleSource& source, Position position,
                                       std::string_view subject_id) {
  ASSIGN_OR_RETURN(log::v1::Record record, source.ReadRecord(position));
  BundledEvent event;
  ASSIGN_OR_RETURN(event.header, HeaderOf(source, record));
  event.common = std::move(*record.mutable_event()->mutable_common());
  auto& parts = *record.mutable_event()->mutable_subjects();
  const auto part = std::find_if(parts.begin(), parts.end(), [&](const auto& candidate) {
    return candidate.subject_id() == subject_id;
  });
  if (part != parts.end()) {
    event.part = ShownPart{static_cast<std::uint16_t>(part - parts.begin()),
                           std::move(*part->mutable_salt()), std::move(*part->mutable_clear()),
                           std::move(*part->mutable_sealed())};
  }
  return event;
}

std::size_t BytesOf(const BundledEvent& event) {
  const std::size_t part =
      event.part ? event.part->salt.size() + event.part->clear.size() + event.part->sealed.size()
                 : 0;
  return event.header.size() + event.common.size() + part;
}

absl::Status AddEvents(const BundleSource& source, const Shown& shown, Bundle& bundle) {
  std::size_t bytes = 0;
  bundle.events.reserve(shown.size());
  for (const auto& [position, stream] : shown) {
    ASSIGN_OR_RETURN(BundledEvent event, ShowEvent(source, position, bundle.subject_id));
    event.stream = stream;
    bytes += BytesOf(event);
    if (bytes > kBundleBytesMax) return TooLarge();
    bundle.events.push_back(std::move(event));
  }
  return absl::OkStatus();
}

absl::Status AddMapRecord(const BundleSource& source, const MapEvidence& map, Bundle& bundle) {
  ASSIGN_OR_RETURN(const log::v1::Record record, source.ReadRecord(bundle.map_position));
  const auto recorded = MapRecord::FromCommon(record.event().common());
  if (!IsMapRecord(record) || recorded != MapRecord{map.size, map.root}) {
    return Inconsistent(
        absl::StrCat("event ", record.position(), " does not record the map at ", map.size));
  }
  ASSIGN_OR_RETURN(bundle.map_header, HeaderOf(source, record));
  bundle.map_common = record.event().common();
  return absl::OkStatus();
}

// Size of the tree of a note whose signatures are not looked at.
absl::StatusOr<std::uint64_t> SizeOf(std::string_view note) {
  ASSIGN_OR_RETURN(const OpenedCheckpoint opened, OpenCheckpoint(note, {}));
  return opened.checkpoint.size;
}

absl::Status AddTreeProofs(const BundleSource& source, const Shown& shown, Bundle& bundle) {
  const NodeSource nodes = [&source](int level, std::uint64_t index) {
    return source.Node(level, index);
  };
  ASSIGN_OR_RETURN(const std::uint64_t size, SizeOf(bundle.checkpoint));
  if (bundle.map_position.value > size) return Inconsistent("the checkpoint ends before the map");
  if (bundle.witnessed.has_value()) {
    ASSIGN_OR_RETURN(const std::uint64_t seen, SizeOf(bundle.witnessed->note));
    if (seen > size) return Inconsistent("the cosigned checkpoint is the newer one");
    ASSIGN_OR_RETURN(bundle.witnessed->consistency, ConsistencyProof(nodes, seen, size));
  }
  std::vector<std::uint64_t> leaves;
  leaves.reserve(shown.size() + 1);
  for (const auto& [position, stream] : shown) leaves.push_back(position.value - 1);
  leaves.push_back(bundle.map_position.value - 1);
  ASSIGN_OR_RETURN(bundle.inclusion, MultiInclusionProof(nodes, leaves, size));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> HeaderOf(const BundleSource& source, const log::v1::Record& record) {
  Hash previous{};
  if (record.revision() > 1) {
    ASSIGN_OR_RETURN(const Position before,
                     source.StreamPosition(record.stream(), {record.revision() - 1}));
    ASSIGN_OR_RETURN(previous, source.HeaderHash(before));
  }
  RETURN_IF_ERROR(CheckHeader(record));
  std::string header = MakeHeader(record, previous);
  ASSIGN_OR_RETURN(const Hash folded, source.HeaderHash({record.position()}));
  if (Sha256(header) != folded) {
    return Inconsistent(
        absl::StrCat("event ", record.position(), " is not the one that was folded"));
  }
  return header;
}

absl::StatusOr<MapEvidence> ProveInMap(const BundleSource& source, LogFold& fold,
                                       std::string_view subject_id) {
  MapEvidence map;
  map.subject_id = subject_id;
  map.size = fold.size();
  map.root = fold.MapRoot();
  map.subject = {fold.SubjectLeaf(subject_id), fold.ProveSubject(subject_id)};
  ASSIGN_OR_RETURN(const auto streams, OwnStreams(source, subject_id, map.size));
  map.streams.reserve(streams.size());
  for (const std::string& stream : streams) {
    map.streams.push_back({stream, {fold.StreamLeaf(stream), fold.ProveStream(stream)}});
  }
  return map;
}

absl::StatusOr<Bundle> BuildBundle(const BundleSource& source, const MapEvidence& map,
                                   const BundleNotes& notes) {
  if (notes.map_position.value <= map.size) {
    return Inconsistent("the map's record stands before the end of the map");
  }
  Bundle bundle;
  bundle.subject_id = map.subject_id;
  bundle.checkpoint = notes.checkpoint;
  bundle.handovers = notes.handovers;
  if (notes.witnessed.has_value()) bundle.witnessed = WitnessedCheckpoint{*notes.witnessed, {}};
  bundle.map_position = notes.map_position;
  bundle.subject = map.subject;
  bundle.streams = map.streams;
  RETURN_IF_ERROR(AddMapRecord(source, map, bundle));
  ASSIGN_OR_RETURN(const Shown shown, EventsToShow(source, map));
  RETURN_IF_ERROR(AddEvents(source, shown, bundle));
  RETURN_IF_ERROR(AddTreeProofs(source, shown, bundle));
  return bundle;
}

}  // namespace mlup::proof
