#include "eventstore/proof/verify_bundle.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/proof/bytes.h"
#include "eventstore/proof/header.h"
#include "eventstore/proof/map_record.h"
#include "eventstore/proof/merkle.h"
#include "eventstore/proof/sparse_map.h"

namespace mlup::proof {
namespace {

// An event as it is shown, and what its header says.
struct OpenedEvent {
  const BundledEvent* shown = nullptr;
  Header header;
  Hash hash{};

  bool Names() const { return shown->part.has_value(); }
};

// What the steps have found so far. Borrows the bundle.
struct Opened {
  const Bundle& bundle;
  Checkpoint checkpoint;
  Header map_header;
  MapRecord map;
  std::vector<OpenedEvent> events;
};

absl::Status Wrong(std::string_view reason, std::string_view what) {
  return Error(absl::StatusCode::kFailedPrecondition, reason, what);
}

absl::Status WrongAt(std::string_view reason, const OpenedEvent& event, std::string_view what) {
  return Wrong(reason, absl::StrCat("event ", event.header.position.value, ": ", ToAbsl(what)));
}

absl::Status CheckSubject(const Bundle& bundle, const Trust& trust) {
  if (trust.subject_id.empty() || trust.subject_id == bundle.subject_id) return absl::OkStatus();
  return Wrong("SUBJECT_WRONG", absl::StrCat("the bundle is about ", bundle.subject_id));
}

// The trusted keys of this origin and those they hand over to.
absl::StatusOr<std::vector<VerifierKey>> KnownKeys(const Bundle& bundle, const Trust& trust,
                                                   const std::string& origin) {
  std::vector<VerifierKey> known;
  for (const VerifierKey& key : trust.log_keys) {
    if (key.kind == SignatureKind::kLog && key.name == origin) known.push_back(key);
  }
  if (known.empty()) {
    return Wrong("ORIGIN_WRONG", absl::StrCat("no trusted key is of the log ", origin));
  }
  for (const std::string& handover : bundle.handovers) {
    ASSIGN_OR_RETURN(auto next, OpenHandover(handover, origin, known));
    if (next.has_value()) known.push_back(*std::move(next));
  }
  return known;
}

absl::StatusOr<Checkpoint> CheckCheckpoint(const Bundle& bundle, const Trust& trust) {
  ASSIGN_OR_RETURN(const OpenedCheckpoint form, OpenCheckpoint(bundle.checkpoint, {}));
  ASSIGN_OR_RETURN(const auto known, KnownKeys(bundle, trust, form.checkpoint.origin));
  ASSIGN_OR_RETURN(const OpenedCheckpoint opened, OpenCheckpoint(bundle.checkpoint, known));
  if (opened.signatures.empty()) {
    return Wrong("LOG_KEY_UNKNOWN",
                 "the checkpoint is signed by no trusted key, nor by one they hand over to");
  }
  return opened.checkpoint;
}

absl::Status CheckWitness(const Opened& opened, const Trust& trust, BundleSummary& summary) {
  if (trust.witness_keys.empty()) return absl::OkStatus();
  const auto& witnessed = opened.bundle.witnessed;
  const auto missing = [] {
    return Wrong("WITNESS_MISSING", "no checkpoint is cosigned by a trusted witness");
  };
  if (!witnessed.has_value()) return missing();
  const auto seen = OpenCheckpoint(witnessed->note, trust.witness_keys);
  if (!seen.ok()) return Wrong("COSIGNATURE_WRONG", ToStd(seen.status().message()));
  if (seen->signatures.empty()) return missing();
  const Checkpoint& before = seen->checkpoint;
  const Checkpoint& now = opened.checkpoint;
  if (before.origin != now.origin ||
      !VerifyConsistency(before.size, before.root, now.size, now.root, witnessed->consistency)) {
    return Wrong("WITNESS_INCONSISTENT", absl::StrCat("the log at ", now.size,
                                                      " does not begin with the one that the "
                                                      "witness saw at ",
                                                      before.size));
  }
  std::uint64_t seconds = seen->signatures.front().unix_seconds;
  for (const auto& signature : seen->signatures) {
    seconds = std::min(seconds, signature.unix_seconds);
  }
  summary.witnessed_at = absl::FromUnixSeconds(static_cast<std::int64_t>(seconds));
  summary.witnessed_size = before.size;
  return absl::OkStatus();
}

absl::Status OpenHeaders(Opened& opened) {
  ASSIGN_OR_RETURN(opened.map_header, ParseHeader(opened.bundle.map_header));
  opened.events.reserve(opened.bundle.events.size());
  for (const BundledEvent& event : opened.bundle.events) {
    ASSIGN_OR_RETURN(Header header, ParseHeader(event.header));
    opened.events.push_back({&event, std::move(header), Sha256(event.header)});
  }
  return absl::OkStatus();
}

absl::Status CheckMapRecord(Opened& opened) {
  const Header& header = opened.map_header;
  const auto record = MapRecord::FromCommon(opened.bundle.map_common);
  const bool holds =
      record.has_value() && header.stream == StreamDigest(kMapStream) &&
      header.type == kMapRecordType && header.position == opened.bundle.map_position &&
      header.common == Sha256(opened.bundle.map_common) && header.parts.empty() &&
      record->size < header.position.value && header.position.value <= opened.checkpoint.size &&
      // A log begins with an event that its map holds, so that no map of it is empty.
      record->root != Hash{};
  if (!holds) {
    return Wrong("MAP_RECORD_WRONG",
                 "what is shown as the record of the map is not one, or not as it was stored");
  }
  opened.map = *record;
  return absl::OkStatus();
}

absl::Status CheckPositions(const Opened& opened) {
  Position last;
  for (const OpenedEvent& event : opened.events) {
    if (event.header.position <= last) {
      return WrongAt("ORDER_WRONG", event, "does not stand after the one before it");
    }
    last = event.header.position;
  }
  for (const OpenedEvent& event : opened.events) {
    if (event.header.position.value > opened.map.size) {
      return WrongAt("EVENT_PAST_MAP", event, "is past the end of the map");
    }
  }
  return absl::OkStatus();
}

bool IsPart(const ShownPart& shown, const std::string& subject_id, const Header& header) {
  if (shown.index >= header.parts.size()) return false;
  log::v1::SubjectPart part;
  part.set_subject_id(subject_id);
  part.set_salt(shown.salt);
  part.set_clear(shown.clear);
  part.set_sealed(shown.sealed);
  return PartDigest(part) == header.parts[shown.index];
}

absl::Status CheckShown(const Opened& opened) {
  for (const OpenedEvent& event : opened.events) {
    if (Sha256(event.shown->common) != event.header.common) {
      return WrongAt("COMMON_ALTERED", event, "its common part is not what was stored");
    }
  }
  for (const OpenedEvent& event : opened.events) {
    if (event.Names() && !IsPart(*event.shown->part, opened.bundle.subject_id, event.header)) {
      return WrongAt("PART_ALTERED", event, "the person's part is not what was stored");
    }
  }
  for (const OpenedEvent& event : opened.events) {
    if (event.shown->stream.has_value() &&
        StreamDigest(opened.bundle.streams[*event.shown->stream].name) != event.header.stream) {
      return WrongAt("STREAM_NAME_WRONG", event, "is not on the stream that is named");
    }
  }
  return absl::OkStatus();
}

// The rule of own streams, derived from the events once more.
absl::Status CheckStreams(const Opened& opened) {
  const auto& streams = opened.bundle.streams;
  const auto wrong = [](std::string_view what) { return Wrong("STREAMS_WRONG", what); };
  const std::string& subject = opened.bundle.subject_id;
  if (streams.size() < 2 || streams[0].name != absl::StrCat("person/", subject) ||
      streams[1].name != absl::StrCat("access/", subject)) {
    return wrong("the person's stream and that of accesses come first");
  }
  const Hash person = StreamDigest(streams[0].name);
  const Hash access = StreamDigest(streams[1].name);
  std::size_t next = 2;
  for (const OpenedEvent& event : opened.events) {
    const Header& header = event.header;
    const bool founds = event.Names() && header.revision.value == 1 && header.parts.size() == 1 &&
                        header.stream != person && header.stream != access;
    if (!founds) continue;
    if (next == streams.size() || StreamDigest(streams[next].name) != header.stream) {
      return WrongAt("STREAMS_WRONG", event,
                     "begins a stream of the person's own, which is not the next that is named");
    }
    ++next;
  }
  if (next != streams.size())
    return wrong("a stream is named that no event makes the person's own");
  return absl::OkStatus();
}

absl::Status CheckRelated(const Opened& opened) {
  for (const OpenedEvent& event : opened.events) {
    if (!event.Names() && !event.shown->stream.has_value()) {
      return WrongAt("EVENT_UNRELATED", event, "neither names the person nor is of an own stream");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSubjectChain(const Opened& opened) {
  MapLeaf leaf;
  for (const OpenedEvent& event : opened.events) {
    if (event.Names()) leaf = Extend(leaf, event.hash);
  }
  if (leaf == opened.bundle.subject.leaf) return absl::OkStatus();
  return Wrong("SUBJECT_INCOMPLETE",
               absl::StrCat("of ", opened.bundle.subject.leaf.count, " events about the person ",
                            leaf.count, " are shown, or others"));
}

absl::Status CheckStreamChains(const Opened& opened) {
  std::vector<MapLeaf> leaves(opened.bundle.streams.size());
  for (const OpenedEvent& event : opened.events) {
    if (!event.shown->stream.has_value()) continue;
    MapLeaf& leaf = leaves[*event.shown->stream];
    if (event.header.revision.value != leaf.count + 1 || event.header.previous != leaf.head) {
      return WrongAt("STREAM_INCOMPLETE", event,
                     "does not follow the event of its stream before it");
    }
    leaf = {event.header.revision.value, event.hash};
  }
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const MapLeaf& proved = opened.bundle.streams[i].proof.leaf;
    if (leaves[i] == proved) continue;
    return Wrong("STREAM_INCOMPLETE",
                 absl::StrCat("of ", proved.count, " events of the stream ",
                              opened.bundle.streams[i].name, " ", leaves[i].count, " are shown"));
  }
  return absl::OkStatus();
}

bool IsInMap(const MapRecord& map, const Hash& key, const LeafProof& proof) {
  std::optional<Hash> value;
  if (proof.leaf.count > 0) value = proof.leaf.Value();
  return VerifyMap(map.root, key, value, proof.proof);
}

absl::Status CheckMapProofs(const Opened& opened) {
  const Bundle& bundle = opened.bundle;
  bool holds = IsInMap(opened.map, SubjectKey(bundle.subject_id), bundle.subject);
  for (const BundledStream& stream : bundle.streams) {
    holds = holds && IsInMap(opened.map, StreamKey(stream.name), stream.proof);
  }
  if (holds) return absl::OkStatus();
  return Wrong("MAP_PROOF_WRONG", "the recorded map says something else about the person");
}

absl::Status CheckInclusion(const Opened& opened) {
  std::vector<std::pair<std::uint64_t, Hash>> leaves;
  leaves.reserve(opened.events.size() + 1);
  for (const OpenedEvent& event : opened.events) {
    leaves.emplace_back(event.header.position.value - 1, LeafHash(AsText(event.hash)));
  }
  leaves.emplace_back(opened.map_header.position.value - 1,
                      LeafHash(AsText(Sha256(opened.bundle.map_header))));
  const Checkpoint& checkpoint = opened.checkpoint;
  if (VerifyMultiInclusion(leaves, checkpoint.size, checkpoint.root, opened.bundle.inclusion)) {
    return absl::OkStatus();
  }
  return Wrong("INCLUSION_WRONG", "what is shown is not what the signed tree holds");
}

}  // namespace

absl::StatusOr<BundleSummary> VerifyBundle(std::string_view bytes, const Trust& trust) {
  ASSIGN_OR_RETURN(const Bundle bundle, ParseBundle(bytes));
  return VerifyBundle(bundle, trust);
}

absl::StatusOr<BundleSummary> VerifyBundle(const Bundle& bundle, const Trust& trust) {
  BundleSummary summary;
  RETURN_IF_ERROR(CheckSubject(bundle, trust));
  Opened opened{bundle, {}, {}, {}, {}};
  ASSIGN_OR_RETURN(opened.checkpoint, CheckCheckpoint(bundle, trust));
  RETURN_IF_ERROR(CheckWitness(opened, trust, summary));
  RETURN_IF_ERROR(OpenHeaders(opened));
  RETURN_IF_ERROR(CheckMapRecord(opened));
  RETURN_IF_ERROR(CheckPositions(opened));
  RETURN_IF_ERROR(CheckShown(opened));
  RETURN_IF_ERROR(CheckStreams(opened));
  RETURN_IF_ERROR(CheckRelated(opened));
  RETURN_IF_ERROR(CheckSubjectChain(opened));
  RETURN_IF_ERROR(CheckStreamChains(opened));
  RETURN_IF_ERROR(CheckMapProofs(opened));
  RETURN_IF_ERROR(CheckInclusion(opened));
  summary.subject_id = bundle.subject_id;
  summary.origin = opened.checkpoint.origin;
  summary.complete_to = {opened.map.size};
  summary.tree_size = opened.checkpoint.size;
  summary.naming = bundle.subject.leaf.count;
  summary.shown = opened.events.size();
  for (const BundledStream& stream : bundle.streams) summary.streams.push_back(stream.name);
  for (OpenedEvent& event : opened.events) summary.headers.push_back(std::move(event.header));
  return summary;
}

}  // namespace mlup::proof
