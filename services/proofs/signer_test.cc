// The file of the signing key.
#include "services/proofs/signer.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "eventstore/base/simulated_files.h"

namespace mlup::proofs {
namespace {

using testing::MatchesRegex;

constexpr char kPath[] = "keys/data.signing-key";

class SignerTest : public testing::Test {
 protected:
  SignerTest() { EXPECT_TRUE(files_.MakeFolder("keys").ok()); }

  Signer Load() {
    absl::StatusOr<Signer> signer = Signer::Load(files_, kPath);
    EXPECT_TRUE(signer.ok()) << signer.status();
    return *std::move(signer);
  }
  std::string ReasonAfter(const std::string& from, const std::string& to) {
    const std::string text = *files_.ReadAll(kPath);
    const std::string changed = absl::StrReplaceAll(text, {{from, to}});
    EXPECT_NE(text, changed) << from;
    EXPECT_TRUE(files_.Replace(kPath, changed).ok());
    std::string reason = ErrorReason(Signer::Load(files_, kPath).status());
    EXPECT_TRUE(files_.Replace(kPath, text).ok());
    return reason;
  }

  SimulatedFiles files_;
  SeededRandom random_{7};
};

TEST_F(SignerTest, WhatItSignsItsKeyVerifies) {
  ASSERT_TRUE(Signer::Create(files_, kPath, random_).ok());
  const Signer signer = Load();
  EXPECT_THAT(signer.origin(), MatchesRegex("mlup\\.[0-9a-f]{8}"));
  const proof::Checkpoint checkpoint{signer.origin(), 0, proof::Sha256("")};
  const auto opened =
      proof::OpenCheckpoint(Load().Sign(checkpoint.ToText() + "\n"), {signer.key()});
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->signatures.size(), 1u);
  EXPECT_EQ(signer.keys().size(), 1u);
  EXPECT_TRUE(signer.handovers().empty());
}

TEST_F(SignerTest, AKeyIsMadeOnceAndMayBeNamed) {
  ASSERT_TRUE(Signer::Create(files_, kPath, random_, "example.org/log").ok());
  EXPECT_EQ(Load().origin(), "example.org/log");
  EXPECT_EQ(ErrorReason(Signer::Create(files_, kPath, random_)), "SIGNING_KEY_EXISTS");
  for (const char* const name : {"with space", "a+b", "line\nbreak"}) {
    EXPECT_EQ(ErrorReason(Signer::Create(files_, "keys/other", random_, name)), "LOG_NAME_INVALID");
  }
  EXPECT_EQ(ErrorReason(Signer::Load(files_, "keys/other").status()), "FILE_MISSING");
}

TEST_F(SignerTest, EarlierKeysHandOver) {
  ASSERT_TRUE(Signer::Create(files_, kPath, random_).ok());
  const proof::VerifierKey first = Load().key();
  ASSERT_TRUE(Signer::Rotate(files_, kPath, random_).ok());
  ASSERT_TRUE(Signer::Rotate(files_, kPath, random_).ok());
  const Signer signer = Load();
  EXPECT_EQ(signer.origin(), first.name);
  ASSERT_EQ(signer.keys().size(), 3u);
  EXPECT_EQ(signer.keys()[0].ToText(), first.ToText());
  EXPECT_EQ(signer.keys()[2].ToText(), signer.key().ToText());
  ASSERT_EQ(signer.handovers().size(), 2u);
  proof::VerifierKey trusted = first;
  for (const std::string& handover : signer.handovers()) {
    const auto next = proof::OpenHandover(handover, first.name, {trusted});
    ASSERT_TRUE(next.ok() && next->has_value());
    trusted = **next;
  }
  EXPECT_EQ(trusted.ToText(), signer.key().ToText());
  // Only the present seed is left.
  EXPECT_EQ(absl::StrReplaceAll(*files_.ReadAll(kPath), {{"current", ""}}).size() + 7,
            files_.ReadAll(kPath)->size());
}

TEST_F(SignerTest, AChangedFileIsRefused) {
  ASSERT_TRUE(Signer::Create(files_, kPath, random_).ok());
  ASSERT_TRUE(Signer::Rotate(files_, kPath, random_).ok());
  EXPECT_EQ(ReasonAfter("keys 1", "keys 2"), "SIGNING_KEY_DAMAGED");
  EXPECT_EQ(ReasonAfter("current", "earlier"), "SIGNING_KEY_DAMAGED");
  const std::string text = *files_.ReadAll(kPath);
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::string damaged = text;
    damaged[i] = damaged[i] == 'A' ? 'B' : 'A';
    ASSERT_TRUE(files_.Replace(kPath, damaged).ok());
    EXPECT_FALSE(Signer::Load(files_, kPath).ok()) << i;
    ASSERT_TRUE(files_.Replace(kPath, text.substr(0, i)).ok());
    EXPECT_FALSE(Signer::Load(files_, kPath).ok()) << i;
  }
}

TEST_F(SignerTest, TheFileIsItsOwnersOnly) {
  const std::string path = absl::StrCat(testing::TempDir(), "signer_test.", getpid());
  ASSERT_TRUE(Signer::Create(SystemFiles(), path, random_).ok());
  EXPECT_TRUE(Signer::Load(SystemFiles(), path).ok());
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  EXPECT_EQ(ErrorReason(Signer::Load(SystemFiles(), path).status()), "SIGNING_KEY_MODE");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace mlup::proofs
