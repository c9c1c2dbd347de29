// A witness cosigns what goes on from what it saw, and nothing else.
#include "services/mlup/witness.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/simulated_files.h"
#include "eventstore/base/status.h"
#include "services/mlup/trusted_keys.h"

namespace mlup::cli {
namespace {

using proof::Hash;
using proof::SignatureKind;
using proof::SigningKey;
using testing::HasSubstr;
using testing::SizeIs;

constexpr char kFolder[] = "/stick/witness";

std::array<std::uint8_t, 32> Seed(std::uint8_t byte) {
  std::array<std::uint8_t, 32> seed;
  seed.fill(byte);
  return seed;
}

// A log of texts that shows itself as a daemon does.
class FakeLog {
 public:
  explicit FakeLog(std::uint8_t key = 1)
      : key_(std::make_unique<SigningKey>("mlup.test", SignatureKind::kLog, Seed(key))) {}

  void Append(const std::string& text) { leaves_.push_back(proof::LeafHash(text)); }
  void Grow(int count) {
    for (int i = 0; i < count; ++i) Append(absl::StrCat("event ", leaves_.size() + 1));
  }
  void Forget(std::size_t count) { leaves_.resize(leaves_.size() - count); }
  void Rotate(std::uint8_t seed) {
    auto next = std::make_unique<SigningKey>("mlup.test", SignatureKind::kLog, Seed(seed));
    handovers_.push_back(proof::MakeHandover(*key_, next->verifier()));
    key_ = std::move(next);
  }

  ShownLog Show() const {
    const proof::Checkpoint checkpoint{"mlup.test", leaves_.size(), Root(0, leaves_.size())};
    return {key_->Sign(checkpoint.ToText() + "\n"), key_->verifier().ToText(), handovers_};
  }

  AskConsistency Ask() const {
    return [this](std::uint64_t old_size, std::uint64_t new_size) {
      return proof::ConsistencyProof(
          [this](int level, std::uint64_t index) -> absl::StatusOr<Hash> {
            return Root(index << level, (index + 1) << level);
          },
          old_size, new_size);
    };
  }

 private:
  Hash Root(std::uint64_t from, std::uint64_t to) const {
    proof::MerkleFrontier tree;
    for (std::uint64_t i = from; i < to; ++i) tree.Append(leaves_[i]);
    return tree.Root();
  }

  std::unique_ptr<SigningKey> key_;
  std::vector<std::string> handovers_;
  std::vector<Hash> leaves_;
};

class WitnessTest : public testing::Test {
 protected:
  // A log whose events bear out what it shows.
  static absl::Status Derived(const proof::Checkpoint&) { return absl::OkStatus(); }
  absl::StatusOr<Cosigned> Cosign(const FakeLog& log) {
    ASSIGN_OR_RETURN(Witness witness, Witness::OpenOrMake(files_, kFolder, "stick-1", random_));
    return witness.Cosign(log.Show(), log.Ask(), Derived, clock_);
  }
  Witness Reopened() {
    auto witness = Witness::Open(files_, kFolder);
    EXPECT_TRUE(witness.ok()) << witness.status();
    return *std::move(witness);
  }

  SimulatedFiles files_;
  SeededRandom random_{1};
  ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
};

TEST_F(WitnessTest, CosignsALogThatGrowsAndKeepsEveryNote) {
  FakeLog log;
  for (int step = 0; step < 5; ++step) {
    log.Grow(3);
    const auto cosigned = Cosign(log);
    ASSERT_TRUE(cosigned.ok()) << cosigned.status();
    EXPECT_EQ(cosigned->checkpoint.size, 3U * (static_cast<unsigned>(step) + 1));
    clock_.Advance(absl::Hours(24));
  }
  const Witness witness = Reopened();
  EXPECT_THAT(*witness.History(), SizeIs(5));
  EXPECT_EQ(witness.last()->checkpoint.size, 15U);
  EXPECT_EQ(witness.last()->at, absl::FromUnixSeconds(1'700'000'000) + absl::Hours(96));
  EXPECT_EQ(*files_.ReadAll(absl::StrCat(kFolder, "/witness.pub")), witness.key().ToText() + "\n");
  const auto opened =
      proof::OpenCheckpoint(witness.last()->note, {witness.key(), witness.log_keys().front()});
  EXPECT_THAT(opened->signatures, SizeIs(2));
}

TEST_F(WitnessTest, TheSameCheckpointAgainHasOneCosignature) {
  FakeLog log;
  log.Grow(4);
  const auto first = Cosign(log);
  ASSERT_TRUE(first.ok());
  Witness witness = Reopened();
  ShownLog shown = log.Show();
  shown.note = first->note;
  clock_.Advance(absl::Hours(1));
  const auto again = witness.Cosign(shown, log.Ask(), Derived, clock_);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_THAT(proof::OpenCheckpoint(again->note, {witness.key()})->signatures, SizeIs(1));
  EXPECT_EQ(again->at, first->at + absl::Hours(1));
}

TEST_F(WitnessTest, ALogThatWentBackIsRefusedAndRemembered) {
  FakeLog log;
  log.Grow(20);
  ASSERT_TRUE(Cosign(log).ok());
  log.Forget(7);
  const auto refused = Cosign(log);
  EXPECT_EQ(ErrorReason(refused.status()), "LOG_ROLLED_BACK");
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("events 14 to 20 are gone"));
  const Witness witness = Reopened();
  EXPECT_EQ(witness.last()->checkpoint.size, 20U);
  const auto evidence = *witness.Evidence();
  ASSERT_THAT(evidence, SizeIs(1));
  EXPECT_EQ(*files_.ReadAll(absl::StrCat(kFolder, "/evidence/", evidence[0])), log.Show().note);
}

TEST_F(WitnessTest, ALogWhoseMapsAreNotItsOwnIsNotCosigned) {
  FakeLog log;
  log.Grow(3);
  auto witness = Witness::OpenOrMake(files_, kFolder, "stick-1", random_);
  ASSERT_TRUE(witness.ok()) << witness.status();
  const auto forged = [](const proof::Checkpoint& checkpoint) {
    EXPECT_EQ(checkpoint.size, 3U);
    return Error(absl::StatusCode::kDataLoss, "MAP_ROOT_WRONG", "not derived");
  };
  EXPECT_EQ(ErrorReason(witness->Cosign(log.Show(), log.Ask(), forged, clock_).status()),
            "MAP_ROOT_WRONG");
  EXPECT_FALSE(witness->last().has_value());
  EXPECT_TRUE(witness->log_keys().empty());
  EXPECT_THAT(*witness->Evidence(), SizeIs(1));
}

TEST_F(WitnessTest, AnotherHistoryIsAForkWhateverItsSize) {
  for (const int more : {0, 1, 5, 12}) {
    FakeLog log;
    log.Grow(11);
    ASSERT_TRUE(files_.RemoveTree(kFolder).ok());
    ASSERT_TRUE(Cosign(log).ok());
    FakeLog fork;
    fork.Grow(6);
    fork.Append("something else");
    fork.Grow(4 + more);
    EXPECT_EQ(ErrorReason(Cosign(fork).status()), "LOG_FORKED") << more;
    EXPECT_THAT(*Reopened().Evidence(), SizeIs(1));
  }
}

TEST_F(WitnessTest, ANewKeyOfTheLogIsTrustedThroughItsHandoverOnly) {
  FakeLog log;
  log.Grow(3);
  ASSERT_TRUE(Cosign(log).ok());
  log.Rotate(2);
  log.Rotate(3);
  log.Grow(1);
  const auto cosigned = Cosign(log);
  EXPECT_TRUE(cosigned.ok()) << cosigned.status();
  FakeLog stranger(9);
  stranger.Grow(5);
  EXPECT_EQ(ErrorReason(Cosign(stranger).status()), "LOG_KEY_UNKNOWN");
}

TEST_F(WitnessTest, AFolderThatWasChangedIsNotTrusted) {
  FakeLog log;
  log.Grow(3);
  ASSERT_TRUE(Cosign(log).ok());
  const std::string path = absl::StrCat(kFolder, "/checkpoint");
  ASSERT_TRUE(files_.Replace(path, log.Show().note).ok());
  EXPECT_EQ(ErrorReason(Cosign(log).status()), "WITNESS_DAMAGED");
  ASSERT_TRUE(files_.Remove(absl::StrCat(kFolder, "/witness.key")).ok());
  EXPECT_EQ(ErrorReason(Cosign(log).status()), "WITNESS_DAMAGED");
}

TEST_F(WitnessTest, KeysAreReadFromTextAndFilesAndTheirKindIsHeldTo) {
  FakeLog log;
  log.Grow(1);
  ASSERT_TRUE(Cosign(log).ok());
  const std::vector<std::string> both = {absl::StrCat(kFolder, "/log.keys"), log.Show().key};
  EXPECT_THAT(*ReadKeys(files_, both, SignatureKind::kLog), SizeIs(2));
  const std::vector<std::string> witness = {absl::StrCat(kFolder, "/witness.pub")};
  EXPECT_THAT(*ReadKeys(files_, witness, SignatureKind::kWitness), SizeIs(1));
  EXPECT_EQ(ErrorReason(ReadKeys(files_, witness, SignatureKind::kLog).status()), "KEY_MALFORMED");
  const std::vector<std::string> nothing = {"no-such-file"};
  EXPECT_EQ(ErrorReason(ReadKeys(files_, nothing, SignatureKind::kLog).status()), "KEY_MALFORMED");
}

}  // namespace
}  // namespace mlup::cli
