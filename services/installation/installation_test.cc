// Absent, unreadable and empty are three answers, and what was there once does not go in silence.
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <unistd.h>

#include "eventstore/base/random.h"
#include "eventstore/bus/group_file.h"
#include "eventstore/log/log_state.h"
#include "eventstore/log/memory_event_log.h"
#include "eventstore/proof/note.h"
#include "services/identity/credentials_file.h"
#include "services/installation/inspection.h"
#include "services/installation/key_check.h"
#include "services/privacy/sealing.h"
#include "services/proofs/signer.h"

namespace mlup::installation {
namespace {

namespace fs = std::filesystem;

constexpr char kSok[] = "018f3c6e-0000-7000-8000-000000000001";
constexpr char kDara[] = "018f3c6e-0000-7000-8000-000000000002";

class InstallationTest : public testing::Test {
 protected:
  InstallationTest() {
    root_ = testing::TempDir() + "installation-" + std::to_string(getpid());
    fs::remove_all(root_);
    fs::create_directories(data());
    places_ = {.data = data(),
               .journal = data() + "/journal",
               .keyring = data() + ".keyring",
               .credentials = data() + ".credentials",
               .signing_key = data() + ".signing-key",
               .witnesses = {root_ + "/stick"}};
  }
  ~InstallationTest() override { fs::remove_all(root_); }

  std::string data() const { return root_ + "/data"; }

  // Everything that an installation can have.
  void Make() {
    EXPECT_TRUE(
        log::WriteLogState(SystemFiles(), data() + "/log.state", {.journal_id = "0123456789abcdef"})
            .ok());
    fs::create_directories(data() + "/log");
    auto keyring = *privacy::Keyring::Open(places_.keyring);
    EXPECT_TRUE(keyring->KeysFor({kSok, kDara}).ok());
    WriteCredentials(3);
    SeededRandom random(1);
    EXPECT_TRUE(
        proofs::Signer::Create(SystemFiles(), places_.signing_key, random, "mlup.test").ok());
    fs::create_directories(root_ + "/stick");
    fs::create_directories(data() + "/cosignatures");
    WriteNote(data() + "/checkpoint", 7);
    WriteNote(root_ + "/stick/checkpoint", 5);
    WriteNote(data() + "/cosignatures/00000000000000000005", 5);
    fs::create_directories(data() + "/groups");
    log::StoredGroup group;
    group.definition.name = "sync";
    Write(data() + "/groups/" + log::GroupFileName("sync"), log::EncodeGroup(group));
    fs::create_directories(data() + "/sharing/ledger");
    Write(data() + "/sharing/ledger/CURRENT", "MANIFEST-000005\n");
    Save();
  }
  void WriteCredentials(std::uint64_t generation) {
    identity::v1::Credentials credentials;
    credentials.set_generation(generation);
    credentials.add_accounts()->set_actor_id("staff-sw-1");
    Write(places_.credentials,
          identity::FormatCredentials(
              credentials, identity::CredentialKey(**privacy::Keyring::Open(places_.keyring))));
  }
  void WriteNote(const std::string& path, std::uint64_t size) {
    const auto signer = proofs::Signer::Load(SystemFiles(), places_.signing_key);
    ASSERT_TRUE(signer.ok()) << signer.status();
    const proof::Checkpoint checkpoint{signer->origin(), size, proof::Hash{}};
    Write(path, signer->Sign(checkpoint.ToText() + "\n"));
  }
  static void Write(const std::string& path, const std::string& bytes) {
    EXPECT_TRUE(SystemFiles().Replace(path, bytes).ok());
  }
  Inspection Look() const { return Inspect(SystemFiles(), places_); }
  void Save() const {
    const Inspection found = Look();
    EXPECT_TRUE(found.verdict().ok()) << found.verdict();
    EXPECT_TRUE(WriteRemembered(SystemFiles(), places_.remembered(), found.next).ok());
  }
  // The first refusal, or what is told, or "".
  std::string Said() const {
    const Inspection found = Look();
    if (!found.verdict().ok()) return "refused " + ErrorReason(found.verdict());
    for (const Finding& finding : found.findings) {
      if (finding.kind == Finding::Kind::kTold) return "told " + ErrorReason(finding.status);
    }
    return "";
  }
  // Puts something nobody can read in the place of a file.
  static void MakeUnreadable(const std::string& path) {
    fs::remove_all(path);
    fs::create_symlink(path, path);
  }

  std::string root_;
  Places places_;
};

TEST_F(InstallationTest, WhatIsRememberedIsReadAsItWasWritten) {
  const Remembered written{
      {{"keyring", "55aa 3"}, {"witness /mnt/the\\040stick", "812"}, {"relay ministry", ""}}};
  const std::string path = root_ + "/memory";
  ASSERT_TRUE(WriteRemembered(SystemFiles(), path, written).ok());
  EXPECT_EQ(*ReadRemembered(SystemFiles(), path), written);
  EXPECT_EQ(Unescaped(Escaped("/mnt/the stick\n\\")), "/mnt/the stick\n\\");
  const std::string good = *SystemFiles().ReadAll(path);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bytes = good;
    bytes[i] = static_cast<char>(bytes[i] ^ 4);
    Write(path, bytes);
    EXPECT_EQ(ErrorReason(ReadRemembered(SystemFiles(), path).status()), "INSTALLATION_DAMAGED");
  }
}

TEST_F(InstallationTest, ANewInstallationHasNothingAndIsToldNothing) {
  places_.witnesses.clear();
  EXPECT_EQ(Said(), "");
}

TEST_F(InstallationTest, AWholeInstallationIsToldNothing) {
  Make();
  EXPECT_EQ(Said(), "");
}

TEST_F(InstallationTest, EachThingAbsentUnreadableEmptyOrOlderHasItsAnswer) {
  Make();
  const std::string group = data() + "/groups/" + log::GroupFileName("sync");
  const std::string cosigned = data() + "/cosignatures/00000000000000000005";
  struct Row {
    std::string path;
    std::string absent;
    std::string unreadable;
    std::string empty;
  };
  const std::vector<Row> rows = {
      {places_.keyring, "refused KEYRING_MISSING", "refused KEYRING_UNAVAILABLE",
       "refused KEYRING_DAMAGED"},
      {places_.credentials, "refused CREDENTIALS_MISSING", "refused FILE_FAILED",
       "refused CREDENTIALS_DAMAGED"},
      {places_.signing_key, "refused SIGNING_KEY_MISSING", "refused FILE_FAILED",
       "refused SIGNING_KEY_DAMAGED"},
      {data() + "/checkpoint", "refused CHECKPOINT_MISSING", "refused FILE_FAILED",
       "refused CHECKPOINT_MALFORMED"},
      {root_ + "/stick/checkpoint", "refused WITNESS_EMPTY", "refused FILE_FAILED",
       "refused CHECKPOINT_MALFORMED"},
      {cosigned, "told COSIGNATURE_MISSING", "told FILE_FAILED", "told CHECKPOINT_MALFORMED"},
      {group, "told GROUP_MISSING", "refused FILE_FAILED", "told GROUP_DAMAGED"},
      {data() + "/sharing/ledger/CURRENT", "told LEDGER_MISSING", "refused FILE_FAILED", ""},
      {places_.remembered(), "told INSTALLATION_MISSING", "refused FILE_FAILED",
       "told INSTALLATION_DAMAGED"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.path);
    const std::string good = *SystemFiles().ReadAll(row.path);
    const fs::perms mode = fs::status(row.path).permissions();
    fs::remove(row.path);
    EXPECT_EQ(Said(), row.absent);
    MakeUnreadable(row.path);
    EXPECT_EQ(Said(), row.unreadable);
    fs::remove(row.path);
    Write(row.path, "");
    EXPECT_EQ(Said(), row.empty);
    Write(row.path, good);
    fs::permissions(row.path, mode);
    EXPECT_EQ(Said(), "");
  }
}

TEST_F(InstallationTest, AWitnessThatAStartLeavesOutIsTold) {
  Make();
  places_.witnesses.clear();
  EXPECT_EQ(Said(), "told WITNESS_LEFT_OUT");
  const Inspection found = Look();
  EXPECT_TRUE(found.next.entries.contains("witness " + Escaped(root_ + "/stick")))
      << "it is told until somebody forgets it";
}

TEST_F(InstallationTest, WhatIsOfAnotherInstallationOrOlderIsRefused) {
  Make();
  const std::string old_keyring = *SystemFiles().ReadAll(places_.keyring);
  ASSERT_TRUE((*privacy::Keyring::Open(places_.keyring))
                  ->KeysFor({"018f3c6e-0000-7000-8000-000000000003"})
                  .ok());
  Save();
  const std::string keyring = *SystemFiles().ReadAll(places_.keyring);
  Write(places_.keyring, old_keyring);
  EXPECT_EQ(Said(), "refused KEYRING_OLDER");
  fs::remove(places_.keyring);
  ASSERT_TRUE(privacy::Keyring::Open(places_.keyring).ok());
  EXPECT_EQ(Said(), "refused KEYRING_OTHER");
  Write(places_.keyring, keyring);

  const std::string credentials = *SystemFiles().ReadAll(places_.credentials);
  WriteCredentials(2);
  EXPECT_EQ(Said(), "refused CREDENTIALS_OLDER");
  fs::permissions(places_.credentials, fs::perms::owner_read | fs::perms::group_read);
  EXPECT_EQ(Said(), "refused CREDENTIALS_MODE");
  Write(places_.credentials, credentials);
  EXPECT_EQ(Said(), "");

  WriteNote(data() + "/checkpoint", 6);
  EXPECT_EQ(Said(), "refused CHECKPOINT_OLDER");
  places_.accepts_loss = true;
  EXPECT_EQ(Said(), "");
  EXPECT_EQ(Look().next.Of("checkpoint"), "6");
  places_.accepts_loss = false;
  WriteNote(data() + "/checkpoint", 7);
  WriteNote(root_ + "/stick/checkpoint", 4);
  EXPECT_EQ(Said(), "refused WITNESS_OLDER");
  WriteNote(root_ + "/stick/checkpoint", 5);
  fs::remove_all(root_ + "/stick");
  EXPECT_EQ(Said(), "refused WITNESS_MISSING");
  fs::create_directories(root_ + "/stick");
  WriteNote(root_ + "/stick/checkpoint", 5);

  const std::string key = *SystemFiles().ReadAll(places_.signing_key);
  fs::remove(places_.signing_key);
  SeededRandom random(2);
  ASSERT_TRUE(
      proofs::Signer::Create(SystemFiles(), places_.signing_key, random, "mlup.other").ok());
  EXPECT_EQ(Said(), "refused SIGNING_KEY_OTHER");
  Write(places_.signing_key, key);

  ASSERT_TRUE(
      log::WriteLogState(SystemFiles(), data() + "/log.state", {.journal_id = "another log's id"})
          .ok());
  EXPECT_EQ(Said(), "refused LOG_OTHER");
}

TEST_F(InstallationTest, AFolderThatIsNotMountedDoesNotBeginANewLog) {
  Make();
  fs::remove_all(data() + "/log");
  fs::remove(data() + "/log.state");
  EXPECT_EQ(Said(), "refused LOG_MISSING");
  fs::remove_all(data());
  fs::create_directories(data());
  EXPECT_EQ(Said(), "refused LOG_MISSING");
  fs::remove(places_.signing_key);
  EXPECT_EQ(Said(), "refused LOG_MISSING") << "the keyring holds keys";
  fs::remove(places_.keyring);
  places_.witnesses.clear();
  EXPECT_EQ(Said(), "");
}

TEST_F(InstallationTest, AStrayFileAmongCosignaturesIsToldAndNoReasonToRefuse) {
  Make();
  Write(data() + "/cosignatures/notes", "x");
  EXPECT_EQ(Said(), "told COSIGNATURE_STRAY");
  fs::remove(data() + "/cosignatures/notes");
  Write(data() + "/cosignatures/00000000000000000005.before-loss-4", "x");
  EXPECT_EQ(Said(), "");
}

TEST_F(InstallationTest, AWitnessThatHoldsNothingYetIsTold) {
  Make();
  places_.witnesses = {root_ + "/other"};
  fs::create_directories(root_ + "/other");
  EXPECT_EQ(Said(), "told WITNESS_EMPTY");
}

// A record with a part of one person sealed.
log::v1::Record Sealed(privacy::Keyring& keyring, std::uint64_t position,
                       const std::string& person) {
  log::v1::Record record;
  record.set_position(position);
  record.set_stream("person/" + person);
  record.mutable_event()->set_event_id(person);
  record.mutable_event()->set_type("mlup.cases.v1.PersonRegistered");
  log::v1::SubjectPart& part = *record.mutable_event()->add_subjects();
  part.set_subject_id(person);
  part.set_sealed(privacy::Seal((*keyring.KeysFor({person})).front(), record.event(),
                                record.stream(), person, "words"));
  return record;
}

TEST_F(InstallationTest, EveryKeyThatTheLogNeedsIsInTheKeyring) {
  auto keyring = *privacy::Keyring::Open(places_.keyring);
  SealedKeys keys;
  keys.Take(Sealed(*keyring, 1, kSok));
  const std::string with_one = *SystemFiles().ReadAll(places_.keyring);
  keys.Take(Sealed(*keyring, 2, kDara));
  keys.Take(Sealed(*keyring, 3, kSok));
  EXPECT_TRUE(keys.Check(*keyring, 0).ok());

  Write(places_.keyring, with_one);
  keyring = *privacy::Keyring::Open(places_.keyring);
  const absl::Status missing = keys.Check(*keyring, 0);
  EXPECT_EQ(ErrorReason(missing), "KEYRING_INCOMPLETE");
  EXPECT_THAT(std::string(missing.message()), testing::HasSubstr("lacks 1 of 2 keys"));
  EXPECT_THAT(std::string(missing.message()), testing::HasSubstr("position 2"));
  EXPECT_THAT(std::string(missing.message()), testing::HasSubstr("--accept-lost-keys=1"));
  EXPECT_TRUE(keys.Check(*keyring, 1).ok());
  EXPECT_FALSE(keys.Check(*keyring, 2).ok()) << "a number is a word about this loss only";

  const auto decoded = SealedKeys::Decode(keys.Encode(77));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->history, 77u);
  EXPECT_EQ(decoded->keys.position(), Position{3});
  EXPECT_EQ(decoded->keys.MissingIn(*keyring), 1u);
  std::string bytes = keys.Encode(77);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(bytes[i] ^ 1);
    EXPECT_FALSE(SealedKeys::Decode(bytes).has_value()) << i;
    bytes[i] = static_cast<char>(bytes[i] ^ 1);
  }
}

TEST_F(InstallationTest, ANameAndAMarkStayUntilTheyAreChanged) {
  places_.witnesses.clear();
  places_.name = "Office of the north";
  places_.holds_real_data = true;
  Save();
  places_.name.clear();
  places_.holds_real_data = false;
  Save();
  const auto remembered = ReadRemembered(SystemFiles(), places_.remembered());
  ASSERT_TRUE(remembered.ok()) << remembered.status();
  EXPECT_EQ(Unescaped(remembered->Of("name")), "Office of the north");
  EXPECT_EQ(remembered->Of("real-data"), "yes");
}

}  // namespace
}  // namespace mlup::installation
