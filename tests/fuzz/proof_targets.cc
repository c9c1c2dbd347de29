// What an auditor or a witness is shown.
#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"

#include "eventstore/base/check.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/simulated_files.h"
#include "eventstore/proof/bundle.h"
#include "eventstore/proof/bundle_set.h"
#include "eventstore/proof/bundle_test_log.h"
#include "eventstore/proof/header.h"
#include "eventstore/proof/map_record.h"
#include "eventstore/proof/note.h"
#include "eventstore/proof/verify_bundle.h"
#include "eventstore/proof/verify_set.h"
#include "services/mlup/trusted_keys.h"
#include "services/mlup/witness.h"
#include "services/proofs/checkpoints.h"
#include "services/proofs/note_lines.h"
#include "tests/fuzz/target.h"

namespace mlup::fuzz {
namespace {

// One log, and the genuine bundles of it.
struct World {
  World() {
    log.AddStory();
    log.Witness();
    log.HandOver();
    log.AddStory(1);
    bundles.reserve(2);
    for (const std::size_t person : {0U, 1U}) {
      bundles.push_back(log.MakeBundle(log.people()[person]));
    }
  }
  proof::BundleTestLog log{3};
  std::vector<proof::Bundle> bundles;
};
World& TheWorld() {
  static World& world = *new World();
  return world;
}

// Without who signed it: lines by keys that nobody knows may stand in a note.
std::string Content(proof::Bundle bundle) {
  bundle.checkpoint.clear();
  bundle.handovers.clear();
  bundle.witnessed.reset();
  return proof::EncodeBundle(bundle);
}

void Bundle(std::string_view bytes) {
  const auto bundle = proof::ParseBundle(bytes);
  if (bundle.ok()) CHECK(proof::EncodeBundle(*bundle) == bytes);
  World& world = TheWorld();
  const auto summary = proof::VerifyBundle(bytes, world.log.Auditor());
  if (!summary.ok()) return;
  CHECK(bundle.ok());
  const auto is_this = [&](const proof::Bundle& genuine) {
    return Content(genuine) == Content(*bundle);
  };
  CHECK(std::any_of(world.bundles.begin(), world.bundles.end(), is_this));
}
std::vector<std::string> BundleSeeds() {
  std::vector<std::string> seeds;
  seeds.reserve(2);
  for (const proof::Bundle& bundle : TheWorld().bundles) {
    seeds.push_back(proof::EncodeBundle(bundle));
  }
  return seeds;
}

// A log in which persons were merged, and parted again, and the genuine files about each.
struct MergedWorld {
  MergedWorld() {
    log.AddStory();
    log.Witness();
    Merge(1, 0);
    const Position undone = Merge(2, 0);
    log.AddWith("person/" + log.people()[2], {log.people()[2]}, proof::kUnmergedType,
                absl::StrCat("\x12\x24", log.records()[undone.value - 1].event().event_id()));
    files.reserve(log.people().size());
    for (const std::string& person : log.people()) files.push_back(log.MakeFile(person));
  }
  Position Merge(std::size_t ended, std::size_t survivor) {
    return log.Add("person/" + log.people()[ended], {log.people()[ended], log.people()[survivor]},
                   proof::kMergedType);
  }

  proof::BundleTestLog log{3};
  std::vector<std::string> files;
};
MergedWorld& TheMergedWorld() {
  static MergedWorld& world = *new MergedWorld();
  return world;
}

// Of all records in a file that verifies; their order says only for whom it was asked.
std::vector<std::string> Contents(const std::vector<proof::VerifiedRecord>& records) {
  std::vector<std::string> contents;
  contents.reserve(records.size());
  for (const proof::VerifiedRecord& record : records) contents.push_back(Content(record.bundle));
  std::ranges::sort(contents);
  return contents;
}

void BundleSet(std::string_view bytes) {
  const auto set = proof::ParseBundleSet(bytes);
  if (set.ok()) CHECK(proof::EncodeBundleSet(*set) == bytes);
  MergedWorld& world = TheMergedWorld();
  const auto records = proof::VerifyFile(bytes, world.log.Auditor());
  if (!records.ok()) return;
  const auto is_this = [&](const std::string& genuine) {
    return Contents(*proof::VerifyFile(genuine, world.log.Auditor())) == Contents(*records);
  };
  CHECK(std::any_of(world.files.begin(), world.files.end(), is_this));
}
std::vector<std::string> BundleSetSeeds() { return TheMergedWorld().files; }

void Header(std::string_view bytes) {
  const auto header = proof::ParseHeader(bytes);
  if (!header.ok()) return;
  CHECK(header->parts.size() <= bytes.size());
}
std::vector<std::string> HeaderSeeds() {
  std::vector<std::string> seeds;
  seeds.reserve(4);
  for (std::size_t i = 0; i < 4; ++i) {
    seeds.push_back(proof::MakeHeader(TheWorld().log.records()[i], proof::Hash{}));
  }
  return seeds;
}

void Note(std::string_view bytes) {
  World& world = TheWorld();
  const std::vector<proof::VerifierKey> known = {world.log.log_key().verifier(),
                                                 world.log.witness_key().verifier()};
  if (const auto key = proof::VerifierKey::Parse(bytes); key.ok()) {
    CHECK(proof::VerifierKey::Parse(key->ToText()).ok());
  }
  static_cast<void>(proof::OpenHandover(bytes, "example.org/log", known));
  const auto opened = proof::OpenCheckpoint(bytes, known);
  if (!opened.ok()) return;
  CHECK(bytes.starts_with(opened->checkpoint.ToText()) || opened->signatures.empty());
  const std::string_view text = proofs::TextOf(bytes);
  std::size_t size = text.size();
  for (const std::string& line : proofs::SignatureLines(bytes)) {
    static_cast<void>(proofs::CosignedAt(line));
    size += line.size();
  }
  CHECK(size == bytes.size());
  CHECK(proof::OpenCheckpoint(proofs::MergeNotes(bytes, bytes), known).ok());
  static_cast<void>(cli::KeepSignatures(bytes, known));
}
std::vector<std::string> NoteSeeds() {
  const proof::BundleTestLog& log = TheWorld().log;
  return {log.SignCheckpoint(), log.witness_key().Sign(log.SignCheckpoint(), 1'700'000'000),
          log.log_key().verifier().ToText(), TheWorld().bundles[0].handovers[0]};
}

void MapRecord(std::string_view bytes) {
  const auto map = proof::MapRecord::FromCommon(bytes);
  if (map.has_value()) CHECK(map->ToCommon() == bytes);
}
std::vector<std::string> MapRecordSeeds() {
  return {proof::MapRecord{.size = 300, .root = {}}.ToCommon()};
}

void FileNames(std::string_view bytes) {
  static_cast<void>(proofs::IsCosignatureName(bytes));
  static_cast<void>(proofs::IsSetAside(bytes));
}
std::vector<std::string> FileNamesSeeds() {
  return {"00000000000000000812", "812", "00000000000000000812.before-loss-7"};
}

// The files of a witness's folder, one after the other with a zero between them.
constexpr std::string_view kWitnessFiles[] = {"witness.key", "checkpoint", "log.pub"};

void Witness(std::string_view bytes) {
  SimulatedFiles files;
  CHECK(files.MakeFolder("/witness").ok());
  for (const std::string_view name : kWitnessFiles) {
    const std::size_t end = bytes.find('\0');
    WriteFile(files, absl::StrCat("/witness/", ToAbsl(name)), bytes.substr(0, end));
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  }
  const auto witness = cli::Witness::Open(files, "/witness");
  if (!witness.ok()) return;
  static_cast<void>(witness->History());
  static_cast<void>(witness->Evidence());
}
std::vector<std::string> WitnessSeeds() {
  SimulatedFiles files;
  SeededRandom random(1);
  CHECK(cli::Witness::OpenOrMake(files, "/witness", "stick", random).ok());
  std::string seed = *files.ReadAll("/witness/witness.key");
  const proof::BundleTestLog& log = TheWorld().log;
  return {absl::StrCat(seed, std::string(1, '\0'), log.SignCheckpoint(), std::string(1, '\0'),
                       log.log_key().verifier().ToText(), "\n"),
          seed};
}

void TrustedKeys(std::string_view bytes) {
  SimulatedFiles files;
  CHECK(files.MakeFolder("/keys").ok());
  WriteFile(files, "/keys/keys", bytes);
  const std::vector<std::string> values = {"/keys/keys"};
  for (const auto kind : {proof::SignatureKind::kLog, proof::SignatureKind::kWitness}) {
    const auto keys = cli::ReadKeys(files, values, kind);
    CHECK(!keys.ok() || !keys->empty());
  }
}
std::vector<std::string> TrustedKeysSeeds() {
  const proof::BundleTestLog& log = TheWorld().log;
  return {absl::StrCat("# ours\n", log.log_key().verifier().ToText(), "\n\n"),
          log.witness_key().verifier().ToText()};
}

constexpr Target kTargets[] = {
    {"bundle", Bundle, BundleSeeds},           {"bundle_set", BundleSet, BundleSetSeeds},
    {"header", Header, HeaderSeeds},           {"note", Note, NoteSeeds},
    {"map_record", MapRecord, MapRecordSeeds}, {"note_names", FileNames, FileNamesSeeds},
    {"witness", Witness, WitnessSeeds},        {"trusted_keys", TrustedKeys, TrustedKeysSeeds},
};

}  // namespace

std::span<const Target> ProofTargets() { return kTargets; }

}  // namespace mlup::fuzz
