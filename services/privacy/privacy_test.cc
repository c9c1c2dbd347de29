// Keyring and sealing: keys outlive a restart, no change to the file passes unseen, and a part
// opens in its own place only.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "eventstore/base/mutex.h"
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

TEST_F(PrivacyTest, ATornLastRecordIsToldAndGivesWayToTheNextKey) {
  const std::string key_id = KeyOf(kSok).key_id;
  std::size_t records = 2;
  for (const std::string& torn :
       {std::string("torn"), std::string(84, 'x'), std::string(300, 'y')}) {
    keyring_.reset();
    std::ofstream(path_, std::ios::app | std::ios::binary) << torn;
    Reopen();
    EXPECT_TRUE(keyring_->torn());
    EXPECT_EQ(KeyOf(kSok).key_id, key_id);
    // Nothing is destroyed before somebody could compare the keyring with the log.
    EXPECT_EQ(std::filesystem::file_size(path_), 8u + records * 84u + torn.size());
    const std::string other = absl::StrCat("018f3c6e-0000-7000-8000-00000000010", records);
    const std::string other_id = KeyOf(other).key_id;
    ++records;
    EXPECT_EQ(std::filesystem::file_size(path_), 8u + records * 84u);
    Reopen();
    EXPECT_FALSE(keyring_->torn());
    EXPECT_EQ(KeyOf(other).key_id, other_id);
  }
}

// Goal: no change to the file is taken for what was written, but for the end of the last write.
// Method: every bit, every cut, and records doubled, moved and left out.
TEST_F(PrivacyTest, WhateverIsChangedInTheFileIsSeen) {
  const std::vector<std::string> subjects = {kSok, kDara, "018f3c6e-0000-7000-8000-000000000003"};
  for (const std::string& subject : subjects) KeyOf(subject);
  keyring_.reset();
  std::string good;
  {
    std::ifstream file(path_, std::ios::binary);
    good.assign(std::istreambuf_iterator<char>(file), {});
  }
  const auto record = [&good](std::size_t i) { return good.substr(8 + i * 84, 84); };
  // "" when the file passes for whole, with all its keys or not.
  const auto seen = [&](const std::string& bytes, std::size_t keys) -> std::string {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
    const auto keyring = Keyring::Look(path_);
    if (!keyring.ok()) return ErrorReason(keyring.status());
    return (*keyring)->torn() || (*keyring)->size() < keys ? "told" : "";
  };
  EXPECT_EQ(seen(good, 3), "");
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    const bool in_last = bit / 8 >= 8 + 3 * 84;
    ASSERT_EQ(seen(bytes, 3), in_last ? "told" : "KEYRING_DAMAGED") << bit;
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    ASSERT_NE(seen(good.substr(0, size), 3), "") << size;
  }
  const std::string head = good.substr(0, 8) + record(0);
  for (const std::string& changed :
       {head + record(1) + record(1) + record(2) + record(3),
        head + record(2) + record(1) + record(3), head + record(2) + record(3),
        head + record(1) + record(3), good.substr(0, 8) + record(1) + record(2) + record(3),
        good + record(1), good + record(0)}) {
    EXPECT_NE(seen(changed, 3), "");
  }
}

TEST_F(PrivacyTest, WhatCannotBeReadIsNotTakenForAbsent) {
  keyring_.reset();
  std::filesystem::remove(path_);
  EXPECT_EQ(ErrorReason(Keyring::Look(path_).status()), "KEYRING_MISSING");
  EXPECT_FALSE(std::filesystem::exists(path_));
  std::filesystem::create_symlink(path_, path_);
  EXPECT_EQ(ErrorReason(Keyring::Open(path_).status()), "KEYRING_UNAVAILABLE");
  std::filesystem::remove(path_);
  std::ofstream(path_) << "";
  chmod(path_.c_str(), 0600);
  EXPECT_EQ(ErrorReason(Keyring::Open(path_).status()), "KEYRING_DAMAGED");
}

TEST_F(PrivacyTest, ATornWriteOfSeveralKeysIsPassedOverWhole) {
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
  EXPECT_TRUE(keyring_->torn());
  EXPECT_EQ(keyring_->size(), 589u);
  EXPECT_EQ(KeyOf(kSok).key_id, key_id);
  KeyOf("018f3c6e-0000-7000-8000-000000000009");
  EXPECT_EQ(std::filesystem::file_size(path_), 8u + 591u * 84u);
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

TEST_F(PrivacyTest, ADestroyedKeyIsNowhere) {
  const log::v1::SubjectPart part = Sealed(kSok, "Sokha");
  const SubjectKey sok = KeyOf(kSok);
  const SubjectKey dara = KeyOf(kDara);
  const std::string key(reinterpret_cast<const char*>(sok.key->data()), SecretKey::kBytes);
  const int former = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  const auto holds_key = [&key](int file) {
    std::string bytes(8 + 3 * 84, '\0');
    EXPECT_EQ(pread(file, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    return bytes.find(key) != std::string::npos;
  };
  EXPECT_TRUE(holds_key(former));
  EXPECT_EQ(*keyring_->KeyIdOf(kSok), sok.key_id);
  ASSERT_TRUE(keyring_->Destroy(kSok).ok());
  // Twice is once.
  ASSERT_TRUE(keyring_->Destroy(kSok).ok());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(ReasonOfOpening(part), "KEY_DESTROYED");
    EXPECT_EQ(*keyring_->KeyIdOf(kSok), "");
    EXPECT_EQ(ErrorReason(keyring_->KeysFor({kDara, kSok}).status()), "PERSON_ERASED");
    EXPECT_EQ(ErrorReason(keyring_->CheckNotErased(kSok)), "PERSON_ERASED");
    EXPECT_EQ(KeyOf(kDara).key_id, dara.key_id);
    EXPECT_EQ(keyring_->size(), 2u);
    Reopen();
  }
  EXPECT_FALSE(holds_key(former));
  const int newest = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_FALSE(holds_key(newest));
  close(former);
  close(newest);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".destroying"));
}

TEST_F(PrivacyTest, WhatADestructionThatWasCutOffLeftIsRemoved) {
  const SubjectKey sok = KeyOf(kSok);
  std::filesystem::copy_file(path_, path_ + ".destroying");
  Reopen();
  EXPECT_FALSE(std::filesystem::exists(path_ + ".destroying"));
  EXPECT_EQ(KeyOf(kSok).key_id, sok.key_id);
}

TEST_F(PrivacyTest, OtherProcessesGoOnInTheFileThatTookItsPlace) {
  const std::unique_ptr<Keyring> other = *Keyring::Open(path_);
  const std::unique_ptr<Keyring> looking = *Keyring::Look(path_);
  const SubjectKey sok = (*other->KeysFor({kSok}))[0];
  EXPECT_TRUE(looking->Find(kSok, sok.key_id).ok());
  ASSERT_TRUE(keyring_->Destroy(kSok).ok());
  // A key made in the former file would be lost.
  const SubjectKey dara = (*other->KeysFor({kDara}))[0];
  EXPECT_EQ(KeyOf(kDara).key_id, dara.key_id);
  EXPECT_TRUE(looking->Find(kDara, dara.key_id).ok());
  for (const auto* keyring : {other.get(), looking.get()}) {
    EXPECT_EQ(ErrorReason(keyring->Find(kSok, sok.key_id).status()), "KEY_DESTROYED");
  }
}

TEST_F(PrivacyTest, WhoOnlyOpensLosesADestroyedKeyByItself) {
  const SubjectKey sok = KeyOf(kSok);
  const std::unique_ptr<Keyring> looking = *Keyring::Look(path_);
  EXPECT_TRUE(looking->Find(kSok, sok.key_id).ok());
  ASSERT_TRUE(keyring_->Destroy(kSok).ok());
  // Nothing but the key that it has in memory is asked for.
  Mutex mutex;
  Condition never;
  MutexLock lock(mutex);
  for (int tenths = 0; looking->Find(kSok, sok.key_id).ok(); ++tenths) {
    ASSERT_LT(tenths, 300);
    never.WaitFor(mutex, std::chrono::milliseconds(100));
  }
}

TEST_F(PrivacyTest, KeysAreMadeWhileOthersAreDestroyed) {
  constexpr std::size_t kSubjects = 40;
  const auto subject = [](std::size_t number) {
    return "018f3c6e-0000-7000-8000-0000000001" + std::to_string(10 + number);
  };
  const std::unique_ptr<Keyring> other = *Keyring::Open(path_);
  std::vector<std::string> made(kSubjects);
  {
    const std::jthread maker([&] {
      for (std::size_t i = 0; i < kSubjects; ++i) {
        const auto keys = other->KeysFor({subject(i)});
        // Or it was destroyed before.
        if (keys.ok()) made[i] = keys->front().key_id;
      }
    });
    for (std::size_t i = 0; i < kSubjects / 2; ++i) {
      KeyOf(subject(2 * i));
      ASSERT_TRUE(keyring_->Destroy(subject(2 * i)).ok());
    }
  }
  Reopen();
  for (std::size_t i = 1; i < kSubjects; i += 2) EXPECT_EQ(KeyOf(subject(i)).key_id, made[i]);
  for (std::size_t i = 0; i < kSubjects; i += 2) {
    EXPECT_EQ(ErrorReason(keyring_->CheckNotErased(subject(i))), "PERSON_ERASED");
  }
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
