// What is kept beside the log.
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include <sodium.h>

#include "eventstore/base/blake2b.h"
#include "eventstore/base/bytes.h"
#include "eventstore/base/check.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/simulated_files.h"
#include "eventstore/base/status.h"
#include "eventstore/bus/group_file.h"
#include "eventstore/journal/format.h"
#include "eventstore/log/memory_event_log.h"
#include "mlup/bus/v1/group_state.pb.h"
#include "mlup/relay/v1/relay_state.pb.h"
#include "projections/facts/fact.h"
#include "projections/store/read_model_store.h"
#include "services/installation/remembered.h"
#include "services/privacy/keyring_records.h"
#include "services/proofs/signer.h"
#include "services/relay/relay_state.h"
#include "services/sharing/ledger.h"
#include "tests/fuzz/target.h"

namespace mlup::fuzz {
namespace {

std::string Copy(std::string_view bytes) { return std::string(bytes); }

// A file as it is, or a message with the checksum that the format wants.
void Group(std::string_view bytes) {
  const bool sealed = TakeByte(bytes) % 2 == 1;
  const std::string file =
      sealed ? absl::StrCat("mlupGRP1", journal::HashOf(bytes), ToAbsl(bytes)) : Copy(bytes);
  static_cast<void>(log::IsGroupFileName(bytes));
  const auto group = log::ParseGroup(file);
  if (!group.ok()) return;
  const auto again = log::ParseGroup(log::EncodeGroup(*group));
  CHECK(again.ok());
  CHECK(again->state.unfinished == group->state.unfinished);
  CHECK(again->state.parked.size() == group->state.parked.size());
}
std::vector<std::string> GroupSeeds() {
  log::StoredGroup group;
  group.definition.name = "partner";
  group.state.read_to = {9};
  group.state.unfinished.push_back({.position = {7}, .stream_key = 1});
  const std::string file = log::EncodeGroup(group);
  return {std::string(1, '\0') + file, "\1" + file.substr(8 + journal::kDigestBytes)};
}

// One keyring with its first record, so that more can be sealed for it.
struct KeyringWorld {
  KeyringWorld() {
    CHECK(sodium_init() >= 0);
    KeyringRecordsFile(first);
    CHECK(records.Read(first, [](auto, auto) { return absl::OkStatus(); }).ok());
  }
  static void KeyringRecordsFile(std::string& to) {
    to.resize(privacy::KeyringRecords::kNewFileBytes);
    auto key = std::make_shared<privacy::SecretKey>();
    std::memset(key->data(), 7, privacy::SecretKey::kBytes);
    privacy::KeyringRecords::MakeFile("018f3c6e-7d4b-7a01-8f3c-6e7d4b7a0001", std::move(key),
                                      to.data());
  }
  std::string first;
  privacy::KeyringRecords records;
};
KeyringWorld& TheKeyring() {
  static KeyringWorld& world = *new KeyringWorld();
  return world;
}

// Keys as the generator would draw them.
std::map<std::string, privacy::SubjectKey> KeysFrom(std::string_view bytes) {
  std::map<std::string, privacy::SubjectKey> keys;
  const auto key = std::make_shared<privacy::SecretKey>();
  const std::size_t count = TakeByte(bytes) % 5 + 1;
  for (std::size_t i = 0; i < count; ++i) {
    keys[absl::StrCat("00000000-0000-7000-8000-00000000000", i)] = {
        absl::StrCat("00000000-0000-4000-8000-00000000000", i), key};
  }
  return keys;
}

void Keyring(std::string_view bytes) {
  KeyringWorld& world = TheKeyring();
  const auto visit = [](auto, const privacy::SubjectKey& key) {
    CHECK(key.key != nullptr && !key.key_id.empty());
    return absl::OkStatus();
  };
  const unsigned kind = TakeByte(bytes) % 3;
  if (kind == 0) {
    privacy::KeyringRecords records;
    if (records.Read(bytes, visit).ok()) CHECK(records.bytes() <= bytes.size());
    return;
  }
  // Behind a first record that is whole: what comes, or a write of which bytes were changed.
  std::string rest(bytes);
  std::size_t whole = 0;
  if (kind == 2) {
    const auto keys = KeysFrom(bytes);
    rest.assign(privacy::KeyringRecords::WriteBytes(keys.size()), '\0');
    world.records.Write(keys, rest.data());
    const std::string written = rest;
    for (std::string_view edits = bytes.substr(std::min<std::size_t>(1, bytes.size()));
         edits.size() >= 3;) {
      const std::size_t at = TakeByte(edits) * 256 + TakeByte(edits);
      rest[at % rest.size()] ^= static_cast<char>(TakeByte(edits));
    }
    whole = rest == written ? keys.size() : 0;
  }
  privacy::KeyringRecords records;
  std::size_t seen = 0;
  const absl::Status read = records.Read(world.first + rest, [&](auto, auto) {
    ++seen;
    return absl::OkStatus();
  });
  // Nothing that was changed is taken for a key; what comes before it in the write may be one.
  CHECK(whole == 0 || (read.ok() && seen == whole && !records.torn()));
  CHECK(whole != 0 || !read.ok() || rest.empty() || records.torn());
}
std::vector<std::string> KeyringSeeds() {
  std::string file;
  KeyringWorld::KeyringRecordsFile(file);
  return {std::string(1, '\0') + file, "\1", "\2\1", "\2\3\1\2\1"};
}

// Steps whose checksums hold, or a file as it is.
void Relay(std::string_view bytes) {
  const bool sealed = TakeByte(bytes) % 2 == 1;
  std::string file = sealed ? "mlupRLY1" : Copy(bytes);
  while (sealed && !bytes.empty()) {
    const std::size_t size = TakeByte(bytes);
    const std::string_view step = Take(bytes, size);
    absl::StrAppend(&file, BigEndian(step.size(), 4), Blake2b(step, 16), ToAbsl(step));
  }
  SimulatedFiles files;
  CHECK(files.MakeFolder("/relays/partner").ok());
  WriteFile(files, "/relays/partner/state", file);
  const auto rest = relay::CheckRelayState("/relays/partner/state", file);
  const auto state = relay::RelayState::Open(files, "/relays/partner", {3}, {});
  CHECK(state.ok() == rest.ok());
  if (!state.ok()) return;
  while ((*state)->Begin(absl::FromUnixSeconds(1)).has_value()) continue;
}
std::vector<std::string> RelaySeeds() {
  relay::v1::StateStep step;
  step.set_position(7);
  step.add_letters()->set_position(7);
  step.mutable_letters(0)->set_stream("case/a");
  const std::string bytes = step.SerializeAsString();
  step.Clear();
  step.set_rewind(true);
  step.add_done(7);
  const std::string second = step.SerializeAsString();
  return {absl::StrCat("\1", std::string(1, static_cast<char>(bytes.size())), bytes,
                       std::string(1, static_cast<char>(second.size())), second),
          std::string(1, '\0') + "mlupRLY1"};
}

void Remembered(std::string_view bytes) {
  static_cast<void>(installation::Unescaped(bytes));
  CHECK(installation::Unescaped(installation::Escaped(bytes)) == bytes);
  const bool sealed = TakeByte(bytes) % 2 == 1;
  std::string text(bytes);
  if (sealed) {
    text = absl::StrCat("mlup installation 1\n", text);
    absl::StrAppend(&text, "sum ", absl::BytesToHexString(Blake2b(text, 16)), "\n");
  }
  SimulatedFiles files;
  CHECK(files.MakeFolder("/data").ok());
  WriteFile(files, "/data/installation", text);
  const auto remembered = installation::ReadRemembered(files, "/data/installation");
  if (!remembered.ok()) return;
  CHECK(installation::WriteRemembered(files, "/data/again", *remembered).ok());
  const auto again = installation::ReadRemembered(files, "/data/again");
  CHECK(again.ok() && *again == *remembered);
}
std::vector<std::string> RememberedSeeds() {
  return {"\1checkpoint 812\ngroup 9f.group sync\nkeyring 55aa 12\nwitness /mnt/st\\040ick 812\n",
          std::string(1, '\0') + "mlup installation 1\n"};
}

void SigningKey(std::string_view bytes) {
  SimulatedFiles files;
  CHECK(files.MakeFolder("/keys").ok());
  WriteFile(files, "/keys/signing-key", bytes);
  const auto signer = proofs::Signer::Load(files, "/keys/signing-key");
  if (!signer.ok()) return;
  CHECK(!signer->keys().empty() && signer->keys().back().ToText() == signer->key().ToText());
  CHECK(signer->handovers().size() + 1 == signer->keys().size());
}
std::vector<std::string> SigningKeySeeds() {
  SimulatedFiles files;
  SeededRandom random(1);
  CHECK(files.MakeFolder("/keys").ok());
  CHECK(proofs::Signer::Create(files, "/keys/key", random, "example").ok());
  const std::string first = *files.ReadAll("/keys/key");
  CHECK(proofs::Signer::Rotate(files, "/keys/key", random).ok());
  return {first, *files.ReadAll("/keys/key")};
}

void Ledger(std::string_view bytes) {
  projections::MemoryReadModelStore store;
  ManualClock clock(absl::UnixEpoch());
  log::MemoryEventLog log(clock);
  projections::Rows rows;
  while (!bytes.empty()) {
    const std::size_t key = TakeByte(bytes) % 32;
    const std::size_t value = TakeByte(bytes) * 8;
    const std::string name(Take(bytes, key));
    rows.Put(name, Copy(Take(bytes, value)));
  }
  CHECK(store.Commit(rows, {}).ok());
  const auto ledger = sharing::Ledger::Open(store, log);
  if (!ledger.ok()) return;
  const auto received = (*ledger)->ReceivedBy("p");
  for (const std::uint64_t position : {1U, 1023U, 1024U}) {
    static_cast<void>(received.Has({position}));
    const auto outcome = received.OutcomeAt({position});
    if (outcome.ok()) static_cast<void>(sharing::OutcomeWord(*outcome));
  }
  log::v1::Record at;
  at.set_position(1024);
  const std::vector<sharing::Ledger::Entry> entries = {
      {.position = {1024}, .outcome = sharing::Outcome::kEcho, .entities = {"person/a"}}};
  CHECK((*ledger)->Keep("p", entries, at).ok());
  static_cast<void>((*ledger)->totals("p"));
}
std::vector<std::string> LedgerSeeds() {
  return {absl::StrCat("\2", "\15", "tp", std::string(104, '\0')),
          absl::StrCat("\13", "\200", "dp", std::string(9, '\0'), std::string(1024, '\1'))};
}

void Fact(std::string_view bytes) {
  const auto fact = projections::DecodeFact(bytes);
  if (!fact.ok()) return;
  const auto again = projections::DecodeFact(projections::EncodeFact(*fact));
  CHECK(again.ok() && *again == *fact);
}
std::vector<std::string> FactSeeds() {
  projections::Fact fact;
  fact.position = {7};
  fact.type = "mlup.cases.v1.CaseClosed";
  fact.stream = "case/a";
  fact.occurred = DayRange{{18'000}, {18'001}};
  fact.instant = absl::FromUnixSeconds(1'600'000'000);
  fact.known_at = fact.recorded_at = absl::FromUnixSeconds(1'600'000'001);
  return {projections::EncodeFact(fact)};
}

constexpr Target kTargets[] = {
    {"group_file", Group, GroupSeeds},
    {"keyring", Keyring, KeyringSeeds},
    {"relay_state", Relay, RelaySeeds},
    {"installation", Remembered, RememberedSeeds},
    {"signing_key", SigningKey, SigningKeySeeds},
    {"ledger", Ledger, LedgerSeeds},
    {"fact_row", Fact, FactSeeds},
};

}  // namespace

std::span<const Target> StateTargets() { return kTargets; }

}  // namespace mlup::fuzz
