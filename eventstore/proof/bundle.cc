#include "eventstore/proof/bundle.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/check.h"
#include "eventstore/base/uuid.h"
#include "eventstore/proof/bytes.h"

namespace mlup::proof {
namespace {

constexpr std::string_view kMagic = "mlupBND1";
constexpr std::string_view kFamily = kMagic.substr(0, 7);
constexpr std::uint16_t kDepthMax = 256;

enum ProofKind : std::uint8_t { kEmpty = 0, kPresent = 1, kOther = 2 };

// Lists are written with their count in front; how wide it is says the format.
template <typename Items, typename PutItem>
void PutList16(const Items& items, ByteWriter& to, PutItem put) {
  CHECK(items.size() <= 0xffff);
  to.U16(items.size());
  for (const auto& item : items) put(item);
}

void PutHashes16(const std::vector<Hash>& hashes, ByteWriter& to) {
  PutList16(hashes, to, [&to](const Hash& hash) { to.Digest(hash); });
}

void PutProof(const LeafProof& proof, ByteWriter& to) {
  if (proof.leaf.count > 0) {
    to.U8(kPresent);
    to.U64(proof.leaf.count);
    to.Digest(proof.leaf.head);
  } else if (proof.proof.other.has_value()) {
    to.U8(kOther);
    to.Digest(proof.proof.other->first);
    to.Digest(proof.proof.other->second);
  } else {
    to.U8(kEmpty);
  }
  PutHashes16(proof.proof.siblings, to);
}

void PutEvent(const BundledEvent& event, ByteWriter& to) {
  to.Str(event.header);
  to.U8(event.stream.has_value() ? 1 : 0);
  if (event.stream.has_value()) to.U16(*event.stream);
  to.Str(event.common);
  to.U8(event.part.has_value() ? 1 : 0);
  if (!event.part.has_value()) return;
  to.U16(event.part->index);
  to.Str(event.part->salt);
  to.Str(event.part->clear);
  to.Str(event.part->sealed);
}

// Counts come from outside: nothing is reserved for items that are not there.
std::vector<Hash> TakeHashes(std::size_t count, ByteReader& from) {
  std::vector<Hash> hashes;
  if (count > from.left() / sizeof(Hash)) {
    from.Fail();
    return hashes;
  }
  hashes.reserve(count);
  while (hashes.size() < count) hashes.push_back(from.Digest());
  return hashes;
}

LeafProof TakeProof(ByteReader& from) {
  LeafProof proof;
  const std::uint8_t kind = from.AtMost(from.U8(), kOther);
  if (kind == kPresent) {
    proof.leaf.count = from.U64();
    // A leaf without events is written as absent.
    if (proof.leaf.count == 0) from.Fail();
    proof.leaf.head = from.Digest();
  } else if (kind == kOther) {
    const Hash key = from.Digest();
    proof.proof.other.emplace(key, from.Digest());
  }
  proof.proof.siblings = TakeHashes(from.AtMost(from.U16(), kDepthMax), from);
  return proof;
}

BundledEvent TakeEvent(std::size_t streams, ByteReader& from) {
  BundledEvent event;
  event.header = from.Str();
  if (from.Flag()) {
    event.stream = from.U16();
    if (*event.stream >= streams) from.Fail();
  }
  event.common = from.Str();
  if (!from.Flag()) return event;
  ShownPart part;
  part.index = from.U16();
  part.salt = from.Str();
  part.clear = from.Str();
  part.sealed = from.Str();
  event.part = std::move(part);
  return event;
}

std::vector<std::string> TakeTexts16(ByteReader& from) {
  std::vector<std::string> texts;
  for (std::size_t count = from.U16(); from.ok() && texts.size() < count;) {
    texts.emplace_back(from.Str());
  }
  return texts;
}

std::optional<WitnessedCheckpoint> TakeWitnessed(ByteReader& from) {
  if (!from.Flag()) return std::nullopt;
  WitnessedCheckpoint witnessed;
  witnessed.note = from.Str();
  witnessed.consistency = TakeHashes(from.U16(), from);
  return witnessed;
}

Bundle TakeBundle(ByteReader& from) {
  Bundle bundle;
  bundle.subject_id = from.Str();
  bundle.checkpoint = from.Str();
  bundle.handovers = TakeTexts16(from);
  bundle.witnessed = TakeWitnessed(from);
  bundle.map_position = {from.U64()};
  bundle.map_header = from.Str();
  bundle.map_common = from.Str();
  bundle.subject = TakeProof(from);
  for (std::size_t count = from.U16(); from.ok() && bundle.streams.size() < count;) {
    const std::string_view name = from.Str();
    bundle.streams.push_back({std::string(name), TakeProof(from)});
  }
  for (std::size_t count = from.U32(); from.ok() && bundle.events.size() < count;) {
    bundle.events.push_back(TakeEvent(bundle.streams.size(), from));
  }
  bundle.inclusion = TakeHashes(from.U32(), from);
  return bundle;
}

}  // namespace

std::string EncodeBundle(const Bundle& bundle) {
  std::string bytes;
  ByteWriter to(bytes);
  to.Bytes(kMagic);
  to.Str(bundle.subject_id);
  to.Str(bundle.checkpoint);
  PutList16(bundle.handovers, to, [&to](const std::string& note) { to.Str(note); });
  to.U8(bundle.witnessed.has_value() ? 1 : 0);
  if (bundle.witnessed.has_value()) {
    to.Str(bundle.witnessed->note);
    PutHashes16(bundle.witnessed->consistency, to);
  }
  to.U64(bundle.map_position.value);
  to.Str(bundle.map_header);
  to.Str(bundle.map_common);
  PutProof(bundle.subject, to);
  PutList16(bundle.streams, to, [&to](const BundledStream& stream) {
    to.Str(stream.name);
    PutProof(stream.proof, to);
  });
  CHECK(bundle.events.size() <= 0xffffffff && bundle.inclusion.size() <= 0xffffffff);
  to.U32(bundle.events.size());
  for (const BundledEvent& event : bundle.events) PutEvent(event, to);
  to.U32(bundle.inclusion.size());
  for (const Hash& hash : bundle.inclusion) to.Digest(hash);
  return bytes;
}

absl::StatusOr<Bundle> ParseBundle(std::string_view bytes) {
  const auto malformed = [](std::string_view what) {
    return Error(absl::StatusCode::kInvalidArgument, "BUNDLE_MALFORMED", what);
  };
  if (!bytes.starts_with(kFamily) || bytes.size() < kMagic.size()) {
    return malformed("this is no audit bundle");
  }
  if (!bytes.starts_with(kMagic)) {
    return Error(absl::StatusCode::kInvalidArgument, "BUNDLE_VERSION_UNKNOWN",
                 "the bundle is of a version that this verifier does not know: use a newer one");
  }
  ByteReader from(bytes.substr(kMagic.size()));
  Bundle bundle = TakeBundle(from);
  if (!from.Whole()) return malformed("the bundle is cut short, too long or damaged");
  if (!IsUuid(bundle.subject_id)) return malformed("the bundle's subject is no UUID");
  return bundle;
}

}  // namespace mlup::proof
