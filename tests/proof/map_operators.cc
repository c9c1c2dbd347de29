// Forging what a bundle says of the map: roots, counts, absences, own streams, the person.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "tests/proof/scene.h"

namespace mlup::proof {
namespace {

void Flip(Hash& hash, Dice& dice) {
  std::uint8_t& byte = dice.Of(hash);
  byte = static_cast<std::uint8_t>(byte ^ (1U << dice.Below(8)));
}

bool Reprove(Scene& scene) {
  const FoldedLog& log = scene.world.log();
  scene.bundle.inclusion = log.Inclusion(scene.bundle, log.size());
  return true;
}

const log::v1::Record& MapRecordOf(const Scene& scene) {
  return scene.world.log().records().at(scene.bundle.map_position.value - 1);
}

// States another root or size; with the header as it was signed.
bool ForgeRoot(Scene& scene) {
  MapRecord map = scene.world.log().MapAt(scene.bundle.map_position);
  Flip(map.root, scene.dice);
  scene.bundle.map_common = map.ToCommon();
  return true;
}

// The same with a header that fits.
bool ForgeRecord(Scene& scene, const MapRecord& map) {
  const auto header = ParseHeader(scene.bundle.map_header);
  CHECK(header.ok());
  log::v1::Record record = MapRecordOf(scene);
  record.mutable_event()->set_common(map.ToCommon());
  scene.bundle.map_common = record.event().common();
  scene.bundle.map_header = MakeHeader(record, header->previous);
  return true;
}

bool ForgeRootAndHeader(Scene& scene) {
  MapRecord map = scene.world.log().MapAt(scene.bundle.map_position);
  Flip(map.root, scene.dice);
  return ForgeRecord(scene, map);
}

bool ForgeSize(Scene& scene) {
  MapRecord map = scene.world.log().MapAt(scene.bundle.map_position);
  map.size = 1 + scene.dice.Below(2 * scene.world.log().size());
  if (map.size == scene.world.log().MapAt(scene.bundle.map_position).size) return false;
  return ForgeRecord(scene, map);
}

// A map of one's own: the person's events up to somewhere, proved in a root that nobody recorded.
bool ForgeWholeMap(Scene& scene) {
  SparseMap map;
  const MapLeaf& subject = scene.bundle.subject.leaf;
  if (subject.count == 0) return false;
  map.Set(SubjectKey(scene.person), subject.Value());
  map.Set(StreamKey("case/" + scene.dice.Uuid()), Sha256(scene.dice.Bytes(8)));
  for (const BundledStream& stream : scene.bundle.streams) {
    if (stream.proof.leaf.count > 0) map.Set(StreamKey(stream.name), stream.proof.leaf.Value());
  }
  scene.bundle.subject.proof = map.Prove(SubjectKey(scene.person));
  for (BundledStream& stream : scene.bundle.streams) {
    stream.proof.proof = map.Prove(StreamKey(stream.name));
  }
  return ForgeRecord(scene, {scene.world.log().MapAt(scene.bundle.map_position).size, map.Root()});
}

// Bytes after, or another way to write the same.
bool ForgeForm(Scene& scene) {
  std::string& common = scene.bundle.map_common;
  if (scene.dice.OneIn(2)) {
    common += scene.dice.Bytes(1 + scene.dice.Below(4));
  } else {
    // A varint that is longer than it need be.
    const std::size_t end = common.size() - 34;
    common[end - 1] = static_cast<char>(common[end - 1] | 0x80);
    common.insert(end, 1, '\0');
  }
  log::v1::Record record = MapRecordOf(scene);
  const auto header = ParseHeader(scene.bundle.map_header);
  CHECK(header.ok());
  record.mutable_event()->set_common(common);
  scene.bundle.map_header = MakeHeader(record, header->previous);
  return true;
}

bool MoveMap(Scene& scene) {
  scene.bundle.map_position.value += 1 + scene.dice.Below(3);
  return true;
}

// Shows an ordinary event as the record of the map.
bool OrdinaryEventAsMap(Scene& scene) {
  if (scene.bundle.events.empty()) return false;
  const BundledEvent& event = scene.dice.Of(scene.bundle.events);
  const auto header = ParseHeader(event.header);
  CHECK(header.ok());
  scene.bundle.map_header = event.header;
  scene.bundle.map_common = event.common;
  scene.bundle.map_position = header->position;
  return true;
}

// The log holds one more event with the bytes of the map's record, honestly signed and witnessed,
// and the bundle shows that one. Whoever may append could have written it, with any root.
bool CopyOfMapRecord(Scene& scene, const std::function<void(log::v1::Record&)>& change) {
  std::vector<log::v1::Record> records = scene.world.log().records();
  records.push_back(MapRecordOf(scene));
  change(records.back());
  Renumber(records);
  const FoldedLog log(std::move(records), {scene.person});
  Bundle& bundle = scene.bundle;
  const log::v1::Record& copy = log.records().back();
  Hash previous{};
  if (copy.revision() > 1) {
    const auto before = log.StreamPosition(copy.stream(), {copy.revision() - 1});
    previous = *log.HeaderHash(*before);
  }
  bundle.map_position = {copy.position()};
  bundle.map_header = MakeHeader(copy, previous);
  bundle.checkpoint =
      HonestWorld::Sign({kOrigin, log.size(), log.RootAt(log.size())}, scene.world.log_key());
  bundle.witnessed->consistency = log.Consistency(scene.world.witnessed_size(), log.size());
  bundle.inclusion = log.Inclusion(bundle, log.size());
  return true;
}

bool MapRecordOnAnotherStream(Scene& scene) {
  return CopyOfMapRecord(scene, [](auto& record) { record.set_stream("system/maps"); });
}

bool MapRecordOfAnotherType(Scene& scene) {
  return CopyOfMapRecord(
      scene, [](auto& record) { record.mutable_event()->set_type("mlup.test.v1.Noted"); });
}

bool MapRecordWithParts(Scene& scene) {
  return CopyOfMapRecord(scene, [&](auto& record) {
    record.mutable_event()->add_subjects()->set_subject_id(scene.person);
  });
}

// The log itself records an empty map and signs it: "nobody was ever named".
bool EmptyMap(Scene& scene) {
  Bundle& bundle = scene.bundle;
  MapRecord map = scene.world.log().MapAt(bundle.map_position);
  map.root = {};
  bundle.map_common = map.ToCommon();
  bundle.events.clear();
  bundle.streams.resize(2);
  bundle.subject = {};
  for (BundledStream& stream : bundle.streams) stream.proof = {};
  return CopyOfMapRecord(
      scene, [&](auto& record) { record.mutable_event()->set_common(bundle.map_common); });
}

// The proofs and the record of an older map; the events stay.
bool ReplayMap(Scene& scene) {
  Bundle older =
      scene.world.BuildOlder(scene.person, scene.world.OlderMap(), scene.world.log().size());
  if (older.events.size() == scene.bundle.events.size()) return false;
  older.events = std::move(scene.bundle.events);
  for (BundledEvent& event : older.events) {
    // Indexes are of the newer list, whose first ones are the older list.
    if (event.stream && *event.stream >= older.streams.size()) event.stream.reset();
  }
  scene.bundle = std::move(older);
  return Reprove(scene);
}

// The events of an older map, with the proofs and the record of the newer.
bool ReplayEvents(Scene& scene) {
  Bundle older =
      scene.world.BuildOlder(scene.person, scene.world.OlderMap(), scene.world.log().size());
  if (older.events.size() == scene.bundle.events.size()) return false;
  scene.bundle.events = std::move(older.events);
  return Reprove(scene);
}

// Only the proofs are of an older map.
bool ReplayProofs(Scene& scene) {
  Bundle older =
      scene.world.BuildOlder(scene.person, scene.world.OlderMap(), scene.world.log().size());
  if (older.subject.leaf.count == 0 || older.streams.size() != scene.bundle.streams.size())
    return false;
  scene.bundle.subject.proof = std::move(older.subject.proof);
  for (std::size_t i = 0; i < older.streams.size(); ++i) {
    scene.bundle.streams[i].proof.proof = std::move(older.streams[i].proof.proof);
  }
  return true;
}

bool ForgeSubjectCount(Scene& scene) {
  MapLeaf& leaf = scene.bundle.subject.leaf;
  if (leaf.count == 0) return false;
  leaf.count += 1 + scene.dice.Below(3);
  return true;
}

bool ForgeSubjectHead(Scene& scene) {
  if (scene.bundle.subject.leaf.count == 0) return false;
  Flip(scene.bundle.subject.leaf.head, scene.dice);
  return true;
}

BundledStream* ChoosePresent(Scene& scene) {
  std::vector<BundledStream*> found;
  for (BundledStream& stream : scene.bundle.streams) {
    if (stream.proof.leaf.count > 0) found.push_back(&stream);
  }
  return found.empty() ? nullptr : scene.dice.Of(found);
}

bool ForgeStreamCount(Scene& scene) {
  BundledStream* const stream = ChoosePresent(scene);
  if (stream != nullptr) stream->proof.leaf.count += 1 + scene.dice.Below(3);
  return stream != nullptr;
}

bool ForgeStreamHead(Scene& scene) {
  BundledStream* const stream = ChoosePresent(scene);
  if (stream != nullptr) Flip(stream->proof.leaf.head, scene.dice);
  return stream != nullptr;
}

// Leaves the last event of an own stream out, and says so of the stream and of the person: only
// the map knows better.
bool ForgeShorterHistory(Scene& scene) {
  Bundle& bundle = scene.bundle;
  if (bundle.events.size() < 2 || !bundle.events.back().stream || !bundle.events.back().part)
    return false;
  LeafProof& stream = bundle.streams[*bundle.events.back().stream].proof;
  const auto last = ParseHeader(bundle.events.back().header);
  CHECK(last.ok());
  if (stream.leaf.count < 2) return false;
  stream.leaf = {stream.leaf.count - 1, last->previous};
  bundle.events.pop_back();
  MapLeaf subject;
  for (const BundledEvent& event : bundle.events) {
    if (event.part) subject = Extend(subject, Sha256(event.header));
  }
  if (subject.count == 0) return false;
  bundle.subject.leaf = subject;
  return Reprove(scene);
}

// Says that nobody ever wrote about the person, with the best proof of absence there can be.
bool ClaimNobody(Scene& scene) {
  Bundle& bundle = scene.bundle;
  if (bundle.subject.leaf.count == 0) return false;
  bundle.events.clear();
  bundle.streams.resize(2);
  const Bundle absent = scene.world.Build(scene.world.nobody());
  bundle.subject.leaf = {};
  bundle.subject.proof = absent.subject.proof;
  for (std::size_t i = 0; i < 2; ++i) bundle.streams[i].proof = absent.streams[i].proof;
  return Reprove(scene);
}

// The person's own leaf is not another's: an absence cannot be claimed through it.
bool ClaimAbsentByOwnLeaf(Scene& scene) {
  Bundle& bundle = scene.bundle;
  if (bundle.subject.leaf.count == 0 || bundle.events.empty()) return false;
  bundle.subject.proof.other = {SubjectKey(scene.person), bundle.subject.leaf.Value()};
  bundle.subject.leaf = {};
  for (BundledStream& stream : bundle.streams) {
    if (stream.proof.leaf.count == 0) continue;
    stream.proof.proof.other = {StreamKey(stream.name), stream.proof.leaf.Value()};
    stream.proof.leaf = {};
  }
  bundle.events.clear();
  bundle.streams.resize(2);
  return Reprove(scene);
}

// Says of somebody of whom there is nothing that there is something.
bool ClaimPresent(Scene& scene) {
  Bundle& bundle = scene.bundle;
  if (scene.dice.OneIn(2)) {
    for (BundledStream& stream : bundle.streams) {
      if (stream.proof.leaf.count > 0) continue;
      stream.proof.proof.other.reset();
      stream.proof.leaf = {1 + scene.dice.Below(3), Sha256(scene.dice.Bytes(8))};
      return true;
    }
  }
  if (bundle.subject.leaf.count > 0) return false;
  bundle.subject.proof.other.reset();
  bundle.subject.leaf = {1 + scene.dice.Below(3), Sha256(scene.dice.Bytes(8))};
  return true;
}

// A proof of somebody else's, who is there.
bool ClaimAnothersProof(Scene& scene) {
  const Bundle other = scene.world.Build(scene.world.people().front());
  if (scene.person == scene.world.people().front() ||
      other.subject.leaf == scene.bundle.subject.leaf)
    return false;
  scene.bundle.subject.proof = other.subject.proof;
  return scene.bundle.subject.proof.siblings !=
         scene.world.Build(scene.person).subject.proof.siblings;
}

bool AlterSibling(Scene& scene) {
  std::vector<LeafProof*> proofs = {&scene.bundle.subject};
  for (BundledStream& stream : scene.bundle.streams) proofs.push_back(&stream.proof);
  MapProof& proof = scene.dice.Of(proofs)->proof;
  if (proof.siblings.empty()) return false;
  switch (scene.dice.Below(3)) {
    case 0:
      Flip(scene.dice.Of(proof.siblings), scene.dice);
      return true;
    case 1:
      proof.siblings.pop_back();
      return true;
    default:
      proof.siblings.push_back(Sha256(scene.dice.Bytes(8)));
      return true;
  }
}

bool DeepenProof(Scene& scene) {
  std::vector<Hash>& siblings = scene.bundle.subject.proof.siblings;
  siblings.resize(257 + scene.dice.Below(9));
  return true;
}

bool ShortenStreams(Scene& scene) {
  std::vector<BundledStream>& streams = scene.bundle.streams;
  const std::size_t gone = scene.dice.Below(streams.size());
  streams.erase(streams.begin() + static_cast<std::ptrdiff_t>(gone));
  std::erase_if(scene.bundle.events,
                [&](const BundledEvent& event) { return event.stream == gone && !event.part; });
  for (BundledEvent& event : scene.bundle.events) {
    if (!event.stream || *event.stream < gone) continue;
    if (*event.stream == gone) {
      event.stream.reset();
    } else {
      --*event.stream;
    }
  }
  return Reprove(scene);
}

bool ReorderStreams(Scene& scene) {
  std::vector<BundledStream>& streams = scene.bundle.streams;
  const auto one = static_cast<std::uint16_t>(scene.dice.Below(streams.size()));
  const auto other = static_cast<std::uint16_t>(scene.dice.Below(streams.size()));
  if (one == other) return false;
  std::swap(streams[one], streams[other]);
  for (BundledEvent& event : scene.bundle.events) {
    if (event.stream == one) {
      event.stream = other;
    } else if (event.stream == other) {
      event.stream = one;
    }
  }
  return true;
}

bool RenameStream(Scene& scene) {
  scene.dice.Of(scene.bundle.streams).name = "case/" + scene.dice.Uuid();
  return true;
}

// Hides the rest of a stream that began with the person, behind one that is not there.
bool SubstituteStream(Scene& scene) {
  std::vector<BundledStream>& streams = scene.bundle.streams;
  if (streams.size() < 3) return false;
  const std::size_t hidden = scene.dice.Between(2, streams.size() - 1);
  streams[hidden].name = "case/" + scene.dice.Uuid();
  streams[hidden].proof.leaf = {};
  std::erase_if(scene.bundle.events,
                [&](const BundledEvent& event) { return event.stream == hidden && !event.part; });
  for (BundledEvent& event : scene.bundle.events) {
    if (event.stream == hidden) event.stream.reset();
  }
  return Reprove(scene);
}

// A stream that is in the map, but is not the person's.
bool AddStream(Scene& scene) {
  const Bundle other = scene.world.Build(scene.world.people().front());
  if (scene.person == scene.world.people().front()) return false;
  scene.bundle.streams.push_back(other.streams.back());
  return true;
}

// Another person's name on this person's history; the auditor asks for the other.
bool SwapSubject(Scene& scene) {
  scene.bundle.subject_id = scene.dice.Uuid();
  scene.trust.subject_id = scene.bundle.subject_id;
  return true;
}

// The same with streams that fit the name.
bool SwapSubjectAndStreams(Scene& scene) {
  if (scene.bundle.subject.leaf.count == 0) return false;
  SwapSubject(scene);
  scene.bundle.streams[0].name = "person/" + scene.bundle.subject_id;
  scene.bundle.streams[1].name = "access/" + scene.bundle.subject_id;
  return true;
}

bool BundleOfAnother(Scene& scene) {
  scene.trust.subject_id = scene.dice.Of(scene.world.people());
  return scene.trust.subject_id != scene.person;
}

bool SubjectInOtherForm(Scene& scene) {
  scene.bundle.subject_id = scene.dice.OneIn(2) ? scene.person + "0" : "";
  return true;
}

}  // namespace

std::vector<Operator> MapOperators() {
  const std::vector<std::string_view> record = {"MAP_RECORD_WRONG"};
  const std::vector<std::string_view> proof = {"MAP_PROOF_WRONG"};
  const std::vector<std::string_view> streams = {"STREAMS_WRONG"};
  return {
      {"map:forge-root", record, ForgeRoot},
      {"map:forge-root-and-header", proof, ForgeRootAndHeader},
      {"map:forge-size", {"MAP_RECORD_WRONG", "EVENT_PAST_MAP", "INCLUSION_WRONG"}, ForgeSize},
      {"map:forge-whole-map", {"INCLUSION_WRONG"}, ForgeWholeMap},
      {"map:forge-form", record, ForgeForm},
      {"map:move", record, MoveMap},
      {"map:ordinary-event", record, OrdinaryEventAsMap},
      {"map:record-on-another-stream", record, MapRecordOnAnotherStream},
      {"map:record-of-another-type", record, MapRecordOfAnotherType},
      {"map:record-with-parts", record, MapRecordWithParts},
      {"map:empty", record, EmptyMap},
      {"map:replay-map", {"EVENT_PAST_MAP"}, ReplayMap},
      {"map:replay-events",
       {"STREAMS_WRONG", "SUBJECT_INCOMPLETE", "STREAM_INCOMPLETE"},
       ReplayEvents},
      {"map:replay-proofs", proof, ReplayProofs},
      {"map:subject-count", {"SUBJECT_INCOMPLETE"}, ForgeSubjectCount},
      {"map:subject-head", {"SUBJECT_INCOMPLETE"}, ForgeSubjectHead},
      {"map:stream-count", {"STREAM_INCOMPLETE"}, ForgeStreamCount},
      {"map:stream-head", {"STREAM_INCOMPLETE"}, ForgeStreamHead},
      {"map:shorter-history", proof, ForgeShorterHistory},
      {"map:claim-nobody", proof, ClaimNobody},
      {"map:claim-absent-by-own-leaf", proof, ClaimAbsentByOwnLeaf},
      {"map:claim-present", {"SUBJECT_INCOMPLETE", "STREAM_INCOMPLETE"}, ClaimPresent},
      {"map:proof-of-another", proof, ClaimAnothersProof},
      {"map:alter-proof", proof, AlterSibling},
      {"map:deepen-proof", {"BUNDLE_MALFORMED"}, DeepenProof},
      {"map:shorten-streams", streams, ShortenStreams},
      {"map:reorder-streams", streams, ReorderStreams},
      {"map:rename-stream", {"STREAM_NAME_WRONG", "STREAMS_WRONG"}, RenameStream},
      {"map:substitute-stream", streams, SubstituteStream},
      {"map:add-stream", streams, AddStream},
      {"map:swap-subject", {"PART_ALTERED", "STREAMS_WRONG"}, SwapSubject},
      {"map:swap-subject-and-streams",
       {"PART_ALTERED", "STREAM_NAME_WRONG"},
       SwapSubjectAndStreams},
      {"map:bundle-of-another", {"SUBJECT_WRONG"}, BundleOfAnother},
      {"map:subject-in-other-form", {"BUNDLE_MALFORMED"}, SubjectInOtherForm},
  };
}

}  // namespace mlup::proof
