// Keyring and sealing: keys outlive a restart, torn files are cut, and a part opens in its own
// place only.
#include <filesystem>
#include <fstream>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mlup/privacy/v1/privacy.pb.h"
#include "services/privacy/sealing.h"

namespace mlup::privacy {
namespace {

constexpr char kSok[] = "018f3c6e-0000-7000-8000-000000000001";
constexpr char kDara[] = "018f3c6e-0000-7000-8000-000000000002";
constexpr char kStream[] = "person/018f3c6e-0000-7000-8000-000000000001";

class PrivacyTest : public testing::Test {
 protected:
  PrivacyTest() {
    path_ = testing::TempDir() + "keyring_" +
            testing::UnitTest::GetInstance()->current_test_info()->name() +
            std::to_string(getpid());
    std::filesystem::remove(path_);
    Reopen();
    event_.set_event_id("018f3c6e-0000-7000-8000-00000000000a");
    event_.set_type("mlup.cases.v1.PersonRegistered");
    event_.set_schema_version(1);
  }
  ~PrivacyTest() override { std::filesystem::remove(path_); }

  void Reopen() {
    keyring_.reset();
    auto keyring = Keyring::Open(path_);
    ASSERT_TRUE(keyring.ok()) << keyring.status();
    keyring_ = *std::move(keyring);
  }
  SubjectKey KeyOf(const std::string& subject) { return (*keyring_->KeysFor({subject})).front(); }
  log::v1::SubjectPart Sealed(const std::string& subject, const std::string& personal) {
    log::v1::SubjectPart part;
    part.set_subject_id(subject);
    part.set_sealed(Seal(KeyOf(subject), event_, kStream, subject, personal));
    return part;
  }
  std::string ReasonOfOpening(const log::v1::SubjectPart& part, const char* stream = kStream) {
    return ErrorReason(privacy::Open(*keyring_, event_, stream, part).status());
  }

  std::string path_;
  std::unique_ptr<Keyring> keyring_;
  log::v1::Event event_;
};

TEST_F(PrivacyTest, WhatIsSealedOpensAgainAfterARestart) {
  const auto part = Sealed(kSok, "plain words");
  EXPECT_THAT(part.SerializeAsString(), testing::Not(testing::HasSubstr("plain words")));
  Reopen();
  EXPECT_EQ(*privacy::Open(*keyring_, event_, kStream, part), "plain words");
}

TEST_F(PrivacyTest, LengthsAreHiddenInStepsOf64Bytes) {
  for (const std::size_t size : {1u, 10u, 63u}) {
    v1::Sealed sealed;
    ASSERT_TRUE(sealed.ParseFromString(Sealed(kSok, std::string(size, 'x')).sealed()));
    EXPECT_EQ(sealed.ciphertext().size(), 64u + 16u);
  }
  EXPECT_EQ(privacy::Open(*keyring_, event_, kStream, Sealed(kSok, std::string(64, 'x')))->size(),
            64u);
}

TEST_F(PrivacyTest, APartCannotBeMovedToAnotherStreamEventOrPerson) {
  auto part = Sealed(kSok, "plain words");
  EXPECT_EQ(ReasonOfOpening(part, "case/018f3c6e-0000-7000-8000-000000000001"),
            "SEALED_PART_DAMAGED");
  event_.set_event_id("018f3c6e-0000-7000-8000-00000000000b");
  EXPECT_EQ(ReasonOfOpening(part), "SEALED_PART_DAMAGED");
  KeyOf(kDara);
  part.set_subject_id(kDara);
  EXPECT_EQ(ReasonOfOpening(part), "KEY_DESTROYED");
}

TEST_F(PrivacyTest, AFlippedBitIsFound) {
  auto part = Sealed(kSok, "plain words");
  v1::Sealed sealed;
  ASSERT_TRUE(sealed.ParseFromString(part.sealed()));
  (*sealed.mutable_ciphertext())[3] ^= 1;
  part.set_sealed(sealed.SerializeAsString());
  EXPECT_EQ(ReasonOfOpening(part), "SEALED_PART_DAMAGED");
}

TEST_F(PrivacyTest, AKeyThatIsGoneSaysSo) {
  const auto part = Sealed(kSok, "plain words");
  std::filesystem::remove(path_);
  Reopen();
  EXPECT_EQ(ReasonOfOpening(part), "KEY_DESTROYED");
}

TEST_F(PrivacyTest, EachSubjectHasOneKeyAndRepetitionsShareIt) {
  const auto keys = *keyring_->KeysFor({kSok, kDara, kSok});
  EXPECT_EQ(keys[0].key_id, keys[2].key_id);
  EXPECT_NE(keys[0].key_id, keys[1].key_id);
  EXPECT_EQ(std::filesystem::file_size(path_), 8u + 3u * 84u);
  EXPECT_EQ(ErrorReason(keyring_->KeysFor({"Sok"}).status()), "SUBJECT_INVALID");
}

TEST_F(PrivacyTest, TheDigestIsKeyedAndLasts) {
  const std::string digest = keyring_->Digest("command");
  EXPECT_EQ(digest.size(), 32u);
  Reopen();
  EXPECT_EQ(keyring_->Digest("command"), digest);
  std::filesystem::remove(path_);
  Reopen();
  EXPECT_NE(keyring_->Digest("command"), digest);
}

TEST_F(PrivacyTest, ATornLastRecordIsCutOff) {
  const std::string key_id = KeyOf(kSok).key_id;
  for (const char* const torn : {"torn", ""}) {
    keyring_.reset();
    std::ofstream(path_, std::ios::app | std::ios::binary)
        << (*torn ? std::string(torn) : std::string(84, 'x'));
    Reopen();
    EXPECT_EQ(KeyOf(kSok).key_id, key_id);
    EXPECT_EQ(std::filesystem::file_size(path_), 8u + 2u * 84u);
  }
}

TEST_F(PrivacyTest, ATornWriteOfSeveralKeysIsCutOffWhole) {
  const std::string key_id = KeyOf(kSok).key_id;
  std::vector<std::string> many;
  for (int i = 100; i < 700; ++i)
    many.push_back(std::string(kDara).substr(0, 33) + std::to_string(i));
  ASSERT_TRUE(keyring_->KeysFor(many).ok());
  EXPECT_EQ(std::filesystem::file_size(path_), 8u + 602u * 84u);
  keyring_.reset();
  std::filesystem::resize_file(path_, 8 + 600 * 84);
  std::fstream(path_, std::ios::in | std::ios::out | std::ios::binary).seekp(8 + 590 * 84)
      << "torn";
  Reopen();
  EXPECT_EQ(std::filesystem::file_size(path_), 8u + 590u * 84u);
  EXPECT_EQ(KeyOf(kSok).key_id, key_id);
}

TEST_F(PrivacyTest, DamageInTheMiddleStopsTheStart) {
  KeyOf(kSok);
  KeyOf(kDara);
  keyring_.reset();
  std::fstream(path_, std::ios::in | std::ios::out | std::ios::binary).seekp(8 + 84 + 40) << 'x';
  EXPECT_EQ(ErrorReason(Keyring::Open(path_).status()), "KEYRING_DAMAGED");
}

TEST_F(PrivacyTest, SeveralProcessesShareOneFile) {
  const std::unique_ptr<Keyring> other = *Keyring::Open(path_);
  EXPECT_EQ(other->Digest("command"), keyring_->Digest("command"));
  // Each sees what the other made, whether it makes keys itself or only opens.
  const SubjectKey sok = KeyOf(kSok);
  EXPECT_EQ((*other->KeysFor({kSok}))[0].key_id, sok.key_id);
  const SubjectKey dara = (*other->KeysFor({kDara}))[0];
  EXPECT_TRUE(keyring_->Find(kDara, dara.key_id).ok());
  EXPECT_EQ(std::filesystem::file_size(path_), 8u + 3u * 84u);
}

TEST_F(PrivacyTest, ThreadsThatAskAtOnceGetEachSubjectsOneKey) {
  constexpr std::size_t kThreads = 8;
  constexpr std::size_t kSubjects = 40;
  const auto subject = [](std::size_t number) {
    return "018f3c6e-0000-7000-8000-0000000001" + std::to_string(10 + number);
  };
  std::vector<std::vector<SubjectKey>> keys(kThreads);
  {
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (std::size_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t i = 0; i < kSubjects; ++i) keys[t].push_back(KeyOf(subject(i)));
      });
    }
  }
  EXPECT_EQ(std::filesystem::file_size(path_), 8u + (1u + kSubjects) * 84u);
  Reopen();
  for (std::size_t i = 0; i < kSubjects; ++i) {
    for (std::size_t t = 0; t < kThreads; ++t)
      EXPECT_EQ(keys[t][i].key_id, KeyOf(subject(i)).key_id);
  }
}

TEST_F(PrivacyTest, TheFileIsForItsOwnerOnly) {
  struct stat about = {};
  ASSERT_EQ(stat(path_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  keyring_.reset();
  ASSERT_EQ(chmod(path_.c_str(), 0640), 0);
  EXPECT_EQ(ErrorReason(Keyring::Open(path_).status()), "KEYRING_MODE");
}

}  // namespace
}  // namespace mlup::privacy
