// Forging who vouches: checkpoints, keys, handovers, cosignatures, consistency and inclusion.
#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "tests/proof/scene.h"

namespace mlup::proof {
namespace {

constexpr char kOtherOrigin[] = "log.example.com/other";

Checkpoint TrueCheckpoint(const Scene& scene) {
  const FoldedLog& log = scene.world.log();
  return {kOrigin, log.size(), log.RootAt(log.size())};
}

Hash RandomHash(Dice& dice) { return Sha256(dice.Bytes(8)); }

// The signature lines of a note, or its text.
std::string LinesOf(const std::string& note) { return note.substr(note.find("\n\n") + 2); }
std::string TextOf(const std::string& note) { return note.substr(0, note.find("\n\n") + 1); }

// Another root of the same size, signed by another key of the log's name.
bool Fork(Scene& scene) {
  Checkpoint forked = TrueCheckpoint(scene);
  forked.root = RandomHash(scene.dice);
  scene.bundle.checkpoint =
      HonestWorld::Sign(forked, *MakeKey(kOrigin, SignatureKind::kLog, scene.dice));
  return true;
}

// The same, signed by the log.
bool ForkByLog(Scene& scene) {
  Checkpoint forked = TrueCheckpoint(scene);
  forked.root = RandomHash(scene.dice);
  scene.bundle.checkpoint = HonestWorld::Sign(forked, scene.world.log_key());
  return true;
}

// And nobody asks for a witness.
bool ForkUnwitnessed(Scene& scene) {
  scene.trust.witness_keys.clear();
  return ForkByLog(scene);
}

bool KeySwap(Scene& scene) {
  scene.bundle.checkpoint =
      HonestWorld::Sign(TrueCheckpoint(scene), *MakeKey(kOrigin, SignatureKind::kLog, scene.dice));
  return true;
}

bool TrustAnotherKey(Scene& scene) {
  scene.trust.log_keys = {MakeKey(kOrigin, SignatureKind::kLog, scene.dice)->verifier()};
  return true;
}

bool WrongOrigin(Scene& scene) {
  Checkpoint checkpoint = TrueCheckpoint(scene);
  checkpoint.origin = kOtherOrigin;
  scene.bundle.checkpoint = HonestWorld::Sign(checkpoint, scene.world.log_key());
  return true;
}

bool TrustAnotherOrigin(Scene& scene) {
  scene.trust.log_keys = {MakeKey(kOtherOrigin, SignatureKind::kLog, scene.dice)->verifier()};
  return true;
}

// The lines of one note under the text of another.
bool MoveSignature(Scene& scene) {
  Checkpoint other = TrueCheckpoint(scene);
  if (scene.dice.OneIn(2)) {
    ++other.size;
  } else {
    other.root = RandomHash(scene.dice);
  }
  scene.bundle.checkpoint = absl::StrCat(other.ToText(), "\n", LinesOf(scene.bundle.checkpoint));
  return true;
}

bool AlterSignature(Scene& scene) {
  std::string& note = scene.bundle.checkpoint;
  // Behind the key id, which is the first six characters.
  const std::size_t at = note.rfind(' ') + 8 + scene.dice.Below(70);
  note[at] = note[at] == 'A' ? 'B' : 'A';
  return true;
}

// Cuts what the last line signs with down to some bytes behind the key id.
bool CutSignature(std::string& note, Dice& dice) {
  const std::size_t base64 = note.rfind(' ') + 1;
  std::string signature;
  CHECK(absl::Base64Unescape(note.substr(base64, note.size() - 1 - base64), &signature));
  signature.resize(5 + dice.Below(signature.size() - 5));
  note = absl::StrCat(note.substr(0, base64), absl::Base64Escape(signature), "\n");
  return true;
}

bool CutLogSignature(Scene& scene) { return CutSignature(scene.bundle.checkpoint, scene.dice); }

bool CutCosignature(Scene& scene) { return CutSignature(scene.bundle.witnessed->note, scene.dice); }

bool AddWrongSignature(Scene& scene) {
  Checkpoint other = TrueCheckpoint(scene);
  ++other.size;
  scene.bundle.checkpoint += LinesOf(HonestWorld::Sign(other, scene.world.log_key()));
  return true;
}

bool StripSignature(Scene& scene) {
  scene.bundle.checkpoint = TextOf(scene.bundle.checkpoint) + "\n";
  return true;
}

// A checkpoint of the log from before; the inclusion is proved in its tree where it can be.
bool OldCheckpoint(Scene& scene) {
  const FoldedLog& log = scene.world.log();
  const std::uint64_t size = scene.dice.Between(1, log.size() - 1);
  scene.bundle.checkpoint = scene.world.CheckpointAt(size);
  scene.bundle.inclusion = log.Inclusion(scene.bundle, size);
  if (size < scene.world.witnessed_size()) return true;
  scene.bundle.witnessed->consistency = log.Consistency(scene.world.witnessed_size(), size);
  // An older tree that holds all of the bundle is an honest one.
  return size < scene.bundle.map_position.value;
}

bool OldCheckpointOnly(Scene& scene) {
  const std::uint64_t size = scene.dice.Between(1, scene.world.log().size() - 1);
  scene.bundle.checkpoint = scene.world.CheckpointAt(size);
  return true;
}

// Somebody hands over to himself.
bool ForgeHandover(Scene& scene) {
  const auto stranger = MakeKey(kOrigin, SignatureKind::kLog, scene.dice);
  const auto next = MakeKey(kOrigin, SignatureKind::kLog, scene.dice);
  scene.bundle.handovers.push_back(MakeHandover(*stranger, next->verifier()));
  scene.bundle.checkpoint = HonestWorld::Sign(TrueCheckpoint(scene), *next);
  return true;
}

// The same under the name and id of the key that everybody trusts.
bool ForgeHandoverInItsName(Scene& scene) {
  const auto next = MakeKey(kOrigin, SignatureKind::kLog, scene.dice);
  const std::string honest = MakeHandover(scene.world.first_key(), next->verifier());
  const auto other = MakeKey(kOrigin, SignatureKind::kLog, scene.dice);
  const std::string forged = MakeHandover(scene.world.first_key(), other->verifier());
  scene.bundle.handovers.push_back(TextOf(honest) + "\n" + LinesOf(forged));
  scene.bundle.checkpoint = HonestWorld::Sign(TrueCheckpoint(scene), *next);
  return true;
}

// The newest key, and not the one that is trusted, hands over before it was handed over to.
bool ReorderHandovers(Scene& scene) {
  if (scene.bundle.handovers.size() < 2) return false;
  std::swap(scene.bundle.handovers[0], scene.bundle.handovers[1]);
  return true;
}

bool DropHandover(Scene& scene) {
  if (scene.bundle.handovers.empty()) return false;
  scene.bundle.handovers.erase(
      scene.bundle.handovers.begin() +
      static_cast<std::ptrdiff_t>(scene.dice.Below(scene.bundle.handovers.size())));
  return true;
}

bool AlterHandover(Scene& scene) {
  if (scene.bundle.handovers.empty()) return false;
  std::string& note = scene.dice.Of(scene.bundle.handovers);
  switch (scene.dice.Below(4)) {
    case 0:
      note = absl::StrReplaceAll(note, {{"handover", "hand-over"}});
      return true;
    case 1:
      note.insert(0, 1, '\n');
      return true;
    case 2:
      note = absl::StrReplaceAll(note, {{kOrigin, kOtherOrigin}});
      return true;
    default: {
      const std::size_t at = note.rfind(' ') + 8 + scene.dice.Below(70);
      note[at] = note[at] == 'A' ? 'B' : 'A';
      return true;
    }
  }
}

// What a witness signed at some time, in the place of what it did sign.
bool Cosign(Scene& scene, const Checkpoint& checkpoint, const SigningKey& witness) {
  scene.bundle.witnessed->note = witness.Sign(HonestWorld::Sign(checkpoint, scene.world.log_key()),
                                              scene.dice.Below(2'000'000'000));
  return true;
}

Checkpoint Witnessed(const Scene& scene) {
  const std::uint64_t size = scene.world.witnessed_size();
  return {kOrigin, size, scene.world.log().RootAt(size)};
}

bool StripWitness(Scene& scene) {
  scene.bundle.witnessed.reset();
  return true;
}

bool StripCosignature(Scene& scene) {
  scene.bundle.witnessed->note = HonestWorld::Sign(Witnessed(scene), scene.world.log_key());
  return true;
}

bool CosignAsStranger(Scene& scene) {
  const auto stranger =
      MakeKey(scene.world.witness_key().verifier().name, SignatureKind::kWitness, scene.dice);
  return Cosign(scene, Witnessed(scene), *stranger);
}

bool TrustAnotherWitness(Scene& scene) {
  scene.trust.witness_keys = {MakeKey("w", SignatureKind::kWitness, scene.dice)->verifier()};
  return true;
}

bool CosignatureOfAnotherLog(Scene& scene) {
  Checkpoint other = Witnessed(scene);
  other.origin = kOtherOrigin;
  return Cosign(scene, other, scene.world.witness_key());
}

// The witness saw another history.
bool CosignatureOfAnotherTree(Scene& scene) {
  Checkpoint other = Witnessed(scene);
  if (scene.dice.OneIn(2)) {
    other.root = RandomHash(scene.dice);
  } else {
    other.size = scene.dice.Between(1, 2 * scene.world.log().size());
    if (other.size == scene.world.witnessed_size()) return false;
  }
  return Cosign(scene, other, scene.world.witness_key());
}

// The witness saw an empty tree that was not empty.
bool CosignatureOfNothing(Scene& scene) {
  scene.bundle.witnessed->consistency.clear();
  return Cosign(scene, {kOrigin, 0, RandomHash(scene.dice)}, scene.world.witness_key());
}

// The witness's line under a text that it never saw, or with another time.
bool MoveCosignature(Scene& scene) {
  Checkpoint other = Witnessed(scene);
  other.root = RandomHash(scene.dice);
  scene.bundle.witnessed->note =
      absl::StrCat(other.ToText(), "\n", LinesOf(scene.bundle.witnessed->note));
  return true;
}

bool AlterCosignature(Scene& scene) {
  std::string& note = scene.bundle.witnessed->note;
  const std::size_t at = note.rfind(' ') + 8 + scene.dice.Below(80);
  note[at] = note[at] == 'A' ? 'B' : 'A';
  return true;
}

// Alters, shortens or lengthens a list of hashes.
bool AlterHashes(std::vector<Hash>& hashes, Dice& dice) {
  const std::uint64_t how = dice.Below(hashes.size() < 2 ? 2 : 4);
  if (how > 0 && hashes.empty()) return false;
  switch (how) {
    case 0:
      hashes.insert(hashes.begin() + static_cast<std::ptrdiff_t>(dice.Below(hashes.size() + 1)),
                    RandomHash(dice));
      return true;
    case 1:
      dice.Of(hashes) = RandomHash(dice);
      return true;
    case 2:
      hashes.erase(hashes.begin() + static_cast<std::ptrdiff_t>(dice.Below(hashes.size())));
      return true;
    default:
      if (hashes.front() == hashes.back()) return false;
      std::swap(hashes.front(), hashes.back());
      return true;
  }
}

bool AlterConsistency(Scene& scene) {
  return AlterHashes(scene.bundle.witnessed->consistency, scene.dice);
}

bool AlterInclusion(Scene& scene) { return AlterHashes(scene.bundle.inclusion, scene.dice); }

}  // namespace

std::vector<Operator> VouchingOperators() {
  const std::vector<std::string_view> unknown = {"LOG_KEY_UNKNOWN"};
  const std::vector<std::string_view> missing = {"WITNESS_MISSING"};
  const std::vector<std::string_view> rewritten = {"WITNESS_INCONSISTENT"};
  return {
      {"key:fork", unknown, Fork},
      {"key:fork-by-log", rewritten, ForkByLog},
      {"key:fork-unwitnessed", {"INCLUSION_WRONG"}, ForkUnwitnessed},
      {"key:swap", unknown, KeySwap},
      {"key:trust-another", {"LOG_KEY_UNKNOWN"}, TrustAnotherKey},
      {"key:wrong-origin", {"ORIGIN_WRONG"}, WrongOrigin},
      {"key:trust-another-origin", {"ORIGIN_WRONG"}, TrustAnotherOrigin},
      {"key:move-signature", {"SIGNATURE_WRONG"}, MoveSignature},
      {"key:alter-signature", {"SIGNATURE_WRONG"}, AlterSignature},
      {"key:cut-signature", {"SIGNATURE_WRONG"}, CutLogSignature},
      {"key:add-wrong-signature", {"SIGNATURE_WRONG"}, AddWrongSignature},
      {"key:strip-signature", {"CHECKPOINT_MALFORMED"}, StripSignature},
      {"key:old-checkpoint", {"WITNESS_INCONSISTENT", "MAP_RECORD_WRONG"}, OldCheckpoint},
      {"key:old-checkpoint-only",
       {"WITNESS_INCONSISTENT", "MAP_RECORD_WRONG", "INCLUSION_WRONG"},
       OldCheckpointOnly},
      {"handover:forge", unknown, ForgeHandover},
      {"handover:forge-in-its-name", {"HANDOVER_WRONG"}, ForgeHandoverInItsName},
      {"handover:reorder", unknown, ReorderHandovers},
      {"handover:drop", unknown, DropHandover},
      {"handover:alter", {"HANDOVER_WRONG"}, AlterHandover},
      {"witness:strip", missing, StripWitness},
      {"witness:strip-cosignature", missing, StripCosignature},
      {"witness:stranger", missing, CosignAsStranger},
      {"witness:trust-another", missing, TrustAnotherWitness},
      {"witness:another-log", rewritten, CosignatureOfAnotherLog},
      {"witness:another-tree", rewritten, CosignatureOfAnotherTree},
      {"witness:nothing", rewritten, CosignatureOfNothing},
      {"witness:move-cosignature", {"COSIGNATURE_WRONG"}, MoveCosignature},
      {"witness:alter-cosignature", {"COSIGNATURE_WRONG"}, AlterCosignature},
      {"witness:cut-cosignature", {"COSIGNATURE_WRONG"}, CutCosignature},
      {"witness:alter-consistency", rewritten, AlterConsistency},
      {"tree:alter-inclusion", {"INCLUSION_WRONG"}, AlterInclusion},
  };
}

}  // namespace mlup::proof
