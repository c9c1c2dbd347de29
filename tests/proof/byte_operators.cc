// Forging bytes, without knowing what they mean.
#include <algorithm>
#include <utility>

#include "tests/proof/scene.h"

namespace mlup::proof {
namespace {

// The bytes of the honest bundle, and where nothing is claimed that anybody checks: the log's own
// line in the cosigned checkpoint. Its witness has looked at that line; an auditor has the log's
// signature of a later tree, which holds this one.
struct Encoded {
  std::string bytes;
  std::size_t unchecked_from = 0;
  std::size_t unchecked_to = 0;

  bool Checked(std::size_t at) const { return at < unchecked_from || at >= unchecked_to; }
};

Encoded Encode(const Scene& scene) {
  Encoded encoded{EncodeBundle(scene.bundle)};
  const std::string& note = scene.bundle.witnessed->note;
  const std::size_t start = encoded.bytes.find(note);
  CHECK(start != std::string::npos);
  const std::size_t line = note.find("\n\n") + 2;
  encoded.unchecked_from = start + line;
  encoded.unchecked_to = start + note.find('\n', line) + 1;
  return encoded;
}

std::size_t PlaceIn(const Encoded& encoded, Dice& dice) {
  std::size_t at = 0;
  do {
    at = dice.Below(encoded.bytes.size());
  } while (!encoded.Checked(at));
  return at;
}

bool FlipBit(Scene& scene) {
  Encoded encoded = Encode(scene);
  char& byte = encoded.bytes[PlaceIn(encoded, scene.dice)];
  byte = static_cast<char>(byte ^ (1 << scene.dice.Below(8)));
  scene.bytes = std::move(encoded.bytes);
  return true;
}

bool ReplaceByte(Scene& scene) {
  Encoded encoded = Encode(scene);
  char& byte = encoded.bytes[PlaceIn(encoded, scene.dice)];
  const char other = static_cast<char>(scene.dice.Any());
  if (byte == other) return false;
  byte = other;
  scene.bytes = std::move(encoded.bytes);
  return true;
}

// A bit in the first part: person, notes and the record of the map.
bool FlipBitInNotes(Scene& scene) {
  Encoded encoded = Encode(scene);
  const std::size_t end = encoded.bytes.find(scene.bundle.map_common);
  const std::size_t at = scene.dice.Below(end + scene.bundle.map_common.size());
  if (!encoded.Checked(at)) return false;
  encoded.bytes[at] = static_cast<char>(encoded.bytes[at] ^ (1 << scene.dice.Below(8)));
  scene.bytes = std::move(encoded.bytes);
  return true;
}

bool Truncate(Scene& scene) {
  std::string bytes = EncodeBundle(scene.bundle);
  bytes.resize(scene.dice.Below(bytes.size()));
  scene.bytes = std::move(bytes);
  return true;
}

bool Append(Scene& scene) {
  scene.bytes = EncodeBundle(scene.bundle) + scene.dice.Bytes(1 + scene.dice.Below(40));
  return true;
}

bool Repeat(Scene& scene) {
  const std::string bytes = EncodeBundle(scene.bundle);
  scene.bytes = bytes + bytes;
  return true;
}

bool RemoveRange(Scene& scene) {
  Encoded encoded = Encode(scene);
  const std::size_t at = PlaceIn(encoded, scene.dice);
  const std::size_t count = 1 + scene.dice.Below(64);
  encoded.bytes.erase(at, count);
  scene.bytes = std::move(encoded.bytes);
  return true;
}

bool InsertRange(Scene& scene) {
  Encoded encoded = Encode(scene);
  encoded.bytes.insert(PlaceIn(encoded, scene.dice), scene.dice.Bytes(1 + scene.dice.Below(64)));
  scene.bytes = std::move(encoded.bytes);
  return true;
}

bool ZeroRange(Scene& scene) {
  Encoded encoded = Encode(scene);
  const std::size_t at = PlaceIn(encoded, scene.dice);
  const std::size_t end = std::min(encoded.bytes.size(), at + 1 + scene.dice.Below(64));
  const std::string before = encoded.bytes;
  std::fill(encoded.bytes.begin() + static_cast<std::ptrdiff_t>(at),
            encoded.bytes.begin() + static_cast<std::ptrdiff_t>(end), '\0');
  bool changed = false;
  for (std::size_t i = at; i < end; ++i) {
    changed |= encoded.Checked(i) && encoded.bytes[i] != before[i];
  }
  scene.bytes = std::move(encoded.bytes);
  return changed;
}

bool OtherVersion(Scene& scene) {
  std::string bytes = EncodeBundle(scene.bundle);
  bytes[7] = static_cast<char>(bytes[7] + 1 + static_cast<char>(scene.dice.Below(200)));
  scene.bytes = std::move(bytes);
  return true;
}

bool OtherMagic(Scene& scene) {
  std::string bytes = EncodeBundle(scene.bundle);
  char& byte = bytes[scene.dice.Below(7)];
  byte = static_cast<char>(byte ^ (1 << scene.dice.Below(8)));
  scene.bytes = std::move(bytes);
  return true;
}

// Where the proof of the person begins: its kind.
std::size_t ProofIn(const Scene& scene, const std::string& bytes) {
  return bytes.find(scene.bundle.map_common) + scene.bundle.map_common.size();
}

bool UnknownKindOfProof(Scene& scene) {
  std::string bytes = EncodeBundle(scene.bundle);
  bytes[ProofIn(scene, bytes)] = static_cast<char>(scene.dice.Between(3, 255));
  scene.bytes = std::move(bytes);
  return true;
}

bool PresentWithoutEvent(Scene& scene) {
  if (scene.bundle.subject.leaf.count == 0) return false;
  std::string bytes = EncodeBundle(scene.bundle);
  bytes.replace(ProofIn(scene, bytes) + 1, 8, std::string(8, '\0'));
  scene.bytes = std::move(bytes);
  return true;
}

bool Noise(Scene& scene) {
  scene.bytes = scene.dice.Bytes(scene.dice.Below(2000));
  if (scene.dice.OneIn(2)) scene.bytes = "mlupBND1" + *scene.bytes;
  return true;
}

bool Nothing(Scene& scene) {
  scene.bytes.emplace();
  return true;
}

}  // namespace

std::vector<Operator> ByteOperators() {
  std::vector<std::string_view> any = kEventErrors;
  any.insert(any.end(),
             {"BUNDLE_MALFORMED", "BUNDLE_VERSION_UNKNOWN", "SUBJECT_WRONG", "CHECKPOINT_MALFORMED",
              "ORIGIN_WRONG", "HANDOVER_WRONG", "LOG_KEY_UNKNOWN", "SIGNATURE_WRONG",
              "WITNESS_MISSING", "COSIGNATURE_WRONG", "WITNESS_INCONSISTENT", "HEADER_MALFORMED",
              "MAP_RECORD_WRONG", "MAP_PROOF_WRONG", "INCLUSION_WRONG"});
  const std::vector<std::string_view> malformed = {"BUNDLE_MALFORMED"};
  return {
      {"bytes:flip-bit", any, FlipBit},
      {"bytes:replace-byte", any, ReplaceByte},
      {"bytes:flip-bit-in-notes", any, FlipBitInNotes},
      {"bytes:remove-range", any, RemoveRange},
      {"bytes:insert-range", any, InsertRange},
      {"bytes:zero-range", any, ZeroRange},
      {"bytes:truncate", malformed, Truncate},
      {"bytes:append", malformed, Append},
      {"bytes:repeat", malformed, Repeat},
      {"bytes:other-version", {"BUNDLE_VERSION_UNKNOWN"}, OtherVersion},
      {"bytes:other-magic", malformed, OtherMagic},
      {"bytes:unknown-kind-of-proof", malformed, UnknownKindOfProof},
      {"bytes:present-without-event", malformed, PresentWithoutEvent},
      {"bytes:noise", malformed, Noise},
      {"bytes:nothing", malformed, Nothing},
  };
}

}  // namespace mlup::proof
