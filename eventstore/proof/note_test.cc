// Signed notes: a published note, round trips, and every kind of damage.
#include "eventstore/proof/note.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include <gtest/gtest.h>

namespace mlup::proof {
namespace {

constexpr std::array<std::uint8_t, 32> kLogSeed = {1, 2, 3};
constexpr std::array<std::uint8_t, 32> kWitnessSeed = {4, 5, 6};

SigningKey LogKey() { return SigningKey("example.org/log", SignatureKind::kLog, kLogSeed); }
SigningKey WitnessKey() { return SigningKey("stick", SignatureKind::kWitness, kWitnessSeed); }

std::string Signed() {
  const Checkpoint checkpoint{"example.org/log", 42, Sha256("root")};
  return WitnessKey().Sign(LogKey().Sign(absl::StrCat(checkpoint.ToText(), "\n")), 1618000000);
}

std::vector<VerifierKey> Known() { return {LogKey().verifier(), WitnessKey().verifier()}; }

TEST(NoteTest, KeyOfTheGoNoteDocumentationParsesWithItsId) {
  const auto key =
      VerifierKey::Parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->Id(), 0xc74f20a3u);
  EXPECT_EQ(key->ToText(), "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
}

TEST(NoteTest, LogAndWitnessSignaturesOpen) {
  const auto opened = OpenCheckpoint(Signed(), Known());
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->checkpoint.origin, "example.org/log");
  EXPECT_EQ(opened->checkpoint.size, 42u);
  EXPECT_EQ(opened->checkpoint.root, Sha256("root"));
  ASSERT_EQ(opened->signatures.size(), 2u);
  EXPECT_EQ(opened->signatures[0].unix_seconds, 0u);
  EXPECT_EQ(opened->signatures[1].unix_seconds, 1618000000u);
}

TEST(NoteTest, SignaturesOfStrangersArePassedOver) {
  const auto opened = OpenCheckpoint(Signed(), {LogKey().verifier()});
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->signatures.size(), 1u);
}

TEST(NoteTest, EveryChangedByteIsNoticed) {
  const std::string note = Signed();
  for (std::size_t i = 0; i < note.size(); ++i) {
    std::string damaged = note;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    const auto opened = OpenCheckpoint(damaged, Known());
    EXPECT_TRUE(!opened.ok() || opened->signatures.size() < 2) << i;
  }
}

TEST(NoteTest, MalformedNotesAreToldApartFromForgedOnes) {
  EXPECT_EQ(ErrorReason(OpenCheckpoint("", Known()).status()), "CHECKPOINT_MALFORMED");
  EXPECT_EQ(ErrorReason(OpenCheckpoint("log\n1\nAAAA\n\n— x AAAAAAAA\n", Known()).status()),
            "CHECKPOINT_MALFORMED");
  const std::string other = absl::StrReplaceAll(Signed(), {{"\n42\n", "\n43\n"}});
  EXPECT_EQ(ErrorReason(OpenCheckpoint(other, Known()).status()), "SIGNATURE_WRONG");
  const std::string padded = absl::StrReplaceAll(Signed(), {{"\n42\n", "\n042\n"}});
  EXPECT_EQ(ErrorReason(OpenCheckpoint(padded, Known()).status()), "CHECKPOINT_MALFORMED");
}

TEST(NoteTest, KeysWithAWrongIdAreRefused) {
  std::string text = LogKey().verifier().ToText();
  ASSERT_TRUE(VerifierKey::Parse(text).ok());
  text[text.find('+') + 1] ^= 1;
  EXPECT_EQ(ErrorReason(VerifierKey::Parse(text).status()), "KEY_MALFORMED");
}

TEST(NoteTest, AKeyOfSmallOrderOrInAnotherSpellingIsNone) {
  const auto parse = [](std::array<std::uint8_t, 32> point) {
    return ErrorReason(
        VerifierKey::Parse(VerifierKey{"log", SignatureKind::kLog, point}.ToText()).status());
  };
  std::array<std::uint8_t, 32> top;
  top.fill(0xff);
  for (const std::uint8_t sign : {std::uint8_t{0x00}, std::uint8_t{0x80}}) {
    std::array<std::uint8_t, 32> point = {};
    point[31] = sign;
    EXPECT_EQ(parse(point), "KEY_MALFORMED");
    point[0] = 1;
    EXPECT_EQ(parse(point), "KEY_MALFORMED");
    point[0] = 2;
    EXPECT_EQ(parse(point), "");
    // p - 1, p, p + 1 and what else has no place below p.
    top[31] = static_cast<std::uint8_t>(0x7f | sign);
    for (int low = 0xec; low <= 0xff; ++low) {
      top[0] = static_cast<std::uint8_t>(low);
      EXPECT_EQ(parse(top), "KEY_MALFORMED") << low;
    }
    top[0] = 0xeb;
    EXPECT_EQ(parse(top), "");
  }
}

TEST(HandoverTest, WhoKnowsTheOldKeyLearnsTheNewOne) {
  const SigningKey next("example.org/log", SignatureKind::kLog, {9});
  const std::string note = MakeHandover(LogKey(), next.verifier());
  EXPECT_EQ(note.substr(0, note.find("\n\n")),
            absl::StrCat("mlup key handover\nexample.org/log\n", next.verifier().ToText()));
  const auto opened = OpenHandover(note, "example.org/log", Known());
  ASSERT_TRUE(opened.ok()) << opened.status();
  ASSERT_TRUE(opened->has_value());
  EXPECT_EQ((*opened)->ToText(), next.verifier().ToText());
  // Nobody known signed it.
  const auto passed_over = OpenHandover(note, "example.org/log", {next.verifier()});
  ASSERT_TRUE(passed_over.ok());
  EXPECT_FALSE(passed_over->has_value());
  EXPECT_EQ(ErrorReason(OpenHandover(note, "example.org/other", Known()).status()),
            "HANDOVER_WRONG");
}

TEST(HandoverTest, EveryChangedByteIsNoticed) {
  const SigningKey next("example.org/log", SignatureKind::kLog, {9});
  const std::string note = MakeHandover(LogKey(), next.verifier());
  for (std::size_t i = 0; i < note.size(); ++i) {
    std::string damaged = note;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    const auto opened = OpenHandover(damaged, "example.org/log", Known());
    // Damage to the name or id of the signer makes it a stranger's.
    EXPECT_TRUE(ErrorReason(opened.status()) == "HANDOVER_WRONG" || (opened.ok() && !*opened)) << i;
  }
}

TEST(HandoverTest, AKeyOfAWitnessIsNoKeyOfTheLog) {
  const SigningKey witness("example.org/log", SignatureKind::kWitness, {9});
  const std::string note = LogKey().Sign(
      absl::StrCat("mlup key handover\nexample.org/log\n", witness.verifier().ToText(), "\n\n"));
  EXPECT_EQ(ErrorReason(OpenHandover(note, "example.org/log", Known()).status()), "HANDOVER_WRONG");
}

}  // namespace
}  // namespace mlup::proof
