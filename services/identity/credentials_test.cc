// What proves identity: its file, and the secrets in it.
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <unistd.h>

#include "eventstore/base/simulated_files.h"
#include "services/identity/credential_store.h"
#include "services/identity/credentials_file.h"
#include "services/identity/secrets.h"

namespace mlup::identity::credentials_test {
namespace {

constexpr char kActor[] = "staff-sw-1";
constexpr char kPassword[] = "three words and a half";

class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() : keyring_(MakeKeyring("keyring")), key_(*keyring_) {
    EXPECT_TRUE(files_.MakeFolder("/var").ok());
  }

  static std::unique_ptr<privacy::Keyring> MakeKeyring(const char* name) {
    static int made = 0;
    const std::string path = absl::StrCat(testing::TempDir(), name, ".", getpid(), ".", ++made);
    unlink(path.c_str());
    auto keyring = *privacy::Keyring::Open(path);
    unlink(path.c_str());
    return keyring;
  }

  static v1::Credentials Example() {
    v1::Credentials credentials;
    credentials.set_generation(7);
    credentials.add_accounts()->set_actor_id(kActor);
    v1::Session& session = *credentials.add_sessions();
    session.set_actor_id(kActor);
    session.set_token_digest("digest");
    return credentials;
  }

  std::unique_ptr<CredentialStore> OpenStore() {
    return *CredentialStore::Open(files_, "/var/data.credentials", *keyring_);
  }
  static absl::Status AddAccount(CredentialStore& store, const std::string& actor) {
    return store.Update([&](v1::Credentials& credentials) {
      credentials.add_accounts()->set_actor_id(actor);
      return absl::OkStatus();
    });
  }

  SimulatedFiles files_;
  std::unique_ptr<privacy::Keyring> keyring_;
  const CredentialKey key_;
};

TEST_F(CredentialsTest, WhatIsWrittenIsRead) {
  const std::string bytes = FormatCredentials(Example(), key_);
  const auto read = ParseCredentials(bytes, key_);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->SerializeAsString(), Example().SerializeAsString());
  EXPECT_EQ(FileGeneration(bytes), 7U);
  EXPECT_FALSE(absl::StrContains(bytes, kActor));
  EXPECT_NE(bytes, FormatCredentials(Example(), key_)) << "a nonce of its own each time";
}

TEST_F(CredentialsTest, EveryOtherByteIsTold) {
  const std::string bytes = FormatCredentials(Example(), key_);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const std::string reason = ErrorReason(ParseCredentials(changed, key_).status());
    EXPECT_TRUE(reason == "CREDENTIALS_DAMAGED" || reason == "CREDENTIALS_OTHER") << i << reason;
    EXPECT_EQ(ErrorReason(ParseCredentials(bytes.substr(0, i), key_).status()),
              "CREDENTIALS_DAMAGED");
  }
  EXPECT_EQ(ErrorReason(ParseCredentials(bytes + "x", key_).status()), "CREDENTIALS_DAMAGED");
}

TEST_F(CredentialsTest, AnotherKeyringOpensNothing) {
  const std::string bytes = FormatCredentials(Example(), key_);
  const auto other = MakeKeyring("other");
  EXPECT_EQ(ErrorReason(ParseCredentials(bytes, CredentialKey(*other)).status()),
            "CREDENTIALS_OTHER");
}

TEST_F(CredentialsTest, ASessionBelongsToAnAccountAndAnActorStandsOnce) {
  v1::Credentials orphan = Example();
  orphan.mutable_accounts()->Clear();
  EXPECT_EQ(ErrorReason(ParseCredentials(FormatCredentials(orphan, key_), key_).status()),
            "CREDENTIALS_DAMAGED");
  v1::Credentials twice = Example();
  twice.add_accounts()->set_actor_id(kActor);
  EXPECT_EQ(ErrorReason(ParseCredentials(FormatCredentials(twice, key_), key_).status()),
            "CREDENTIALS_DAMAGED");
}

TEST_F(CredentialsTest, AbsentIsNobodyAndEmptyIsDamaged) {
  auto store = OpenStore();
  EXPECT_EQ(store->Now()->all().accounts_size(), 0);
  EXPECT_FALSE(*files_.Exists(store->path())) << "made by the first change only";
  ASSERT_TRUE(files_.Replace(store->path(), "").ok());
  EXPECT_EQ(ErrorReason(CredentialStore::Open(files_, store->path(), *keyring_).status()),
            "CREDENTIALS_DAMAGED");
}

TEST_F(CredentialsTest, TwoProcessesSeeEachOthersChanges) {
  auto one = OpenStore();
  auto other = OpenStore();
  ASSERT_TRUE(AddAccount(*one, "a").ok());
  EXPECT_EQ(other->Now()->all().accounts_size(), 0);
  ASSERT_TRUE(other->Refresh().ok());
  EXPECT_EQ(other->Now()->all().accounts_size(), 1);
  ASSERT_TRUE(AddAccount(*one, "b").ok());
  ASSERT_TRUE(AddAccount(*other, "c").ok()) << "on top of what it had not seen";
  EXPECT_EQ(other->Now()->all().accounts_size(), 3);
  EXPECT_NE(other->Now()->FindAccount("b"), nullptr);
}

TEST_F(CredentialsTest, AFileThatIsGoneOrOlderMakesNobodyKnown) {
  auto store = OpenStore();
  ASSERT_TRUE(store
                  ->Update([](v1::Credentials& credentials) {
                    credentials = Example();
                    return absl::OkStatus();
                  })
                  .ok());
  ASSERT_NE(store->Now()->FindSession("digest"), nullptr);
  const std::string older = *files_.ReadAll(store->path());
  ASSERT_TRUE(AddAccount(*store, "b").ok());
  ASSERT_TRUE(files_.Replace(store->path(), older).ok());
  EXPECT_EQ(ErrorReason(store->Refresh()), "CREDENTIALS_OLDER");
  EXPECT_EQ(store->Now()->FindSession("digest"), nullptr);
  EXPECT_EQ(store->Now()->all().accounts_size(), 2) << "that there are accounts is not forgotten";
  EXPECT_EQ(ErrorReason(AddAccount(*store, "c")), "CREDENTIALS_OLDER");
}

TEST_F(CredentialsTest, ARefusedChangeChangesNothing) {
  auto store = OpenStore();
  ASSERT_TRUE(AddAccount(*store, "a").ok());
  EXPECT_TRUE(absl::IsAborted(store->Update([](v1::Credentials& credentials) {
    credentials.add_accounts()->set_actor_id("b");
    return absl::AbortedError("no");
  })));
  EXPECT_EQ(store->Now()->all().accounts_size(), 1);
  EXPECT_EQ(OpenStore()->Now()->all().accounts_size(), 1);
}

TEST_F(CredentialsTest, APasswordFitsItsHashOnly) {
  const std::string hash = *HashPassword(kPassword);
  EXPECT_TRUE(absl::StartsWith(hash, "$argon2id$")) << hash;
  EXPECT_TRUE(FitsPassword(hash, kPassword));
  EXPECT_FALSE(FitsPassword(hash, "three words and a hal"));
  EXPECT_FALSE(FitsPassword("", ""));
  EXPECT_FALSE(FitsPassword("not a hash", kPassword));
}

TEST_F(CredentialsTest, APasswordIsLongAndNotTheObvious) {
  EXPECT_TRUE(CheckPassword(kPassword, kActor).ok());
  EXPECT_TRUE(CheckPassword("ពាក្យសម្ងាត់វែង", kActor).ok()) << "characters, not bytes";
  for (const char* unfit :
       {"", "short", "aaaaaaaaaaaaaaaa", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"}) {
    EXPECT_EQ(ErrorReason(CheckPassword(unfit, kActor)), "PASSWORD_UNFIT") << unfit;
  }
  EXPECT_EQ(ErrorReason(CheckPassword("Staff-Worker-1", "staff-worker-1")), "PASSWORD_UNFIT");
  EXPECT_TRUE(CheckPassword(NewInitialPassword(), kActor).ok());
}

// RFC 6238, appendix B, with the last six of eight digits.
TEST_F(CredentialsTest, CodesAreThoseOfTheStandard) {
  EXPECT_EQ(CodeOf("12345678901234567890", 59 / 30), "287082");
  EXPECT_EQ(CodeOf("12345678901234567890", 1111111109 / 30), "081804");
  EXPECT_EQ(CodeOf("12345678901234567890", 20000000000 / 30), "353130");
}

TEST_F(CredentialsTest, ACodeIsGoodForAWhileAndOnce) {
  const std::string sealed = NewAuthenticator(key_, kActor);
  const std::string secret = *key_.Open(sealed, absl::StrCat("authenticator\n", kActor));
  const absl::Time now = absl::FromUnixSeconds(1'700'000'010);
  const std::uint64_t step = 1'700'000'010 / 30;
  const auto find = [&](std::uint64_t of, std::uint64_t used) {
    return *FindStep(key_, sealed, kActor, {CodeOf(secret, of), now, used});
  };
  EXPECT_EQ(find(step, 0), step);
  EXPECT_EQ(find(step - 1, 0), step - 1);
  EXPECT_EQ(find(step + 1, 0), step + 1);
  EXPECT_EQ(find(step - 2, 0), std::nullopt);
  EXPECT_EQ(find(step, step), std::nullopt) << "no code twice";
  EXPECT_EQ(find(step + 1, step), step + 1);
  EXPECT_EQ(*FindStep(key_, sealed, kActor, {"", now}), std::nullopt);
  EXPECT_FALSE(FindStep(key_, sealed, "staff-sw-2", {"000000", now}).ok())
      << "a secret of one account is none of another";
  const std::string address = *AuthenticatorAddress(key_, sealed, kActor);
  EXPECT_TRUE(absl::StartsWith(address, "otpauth://totp/mlup:staff-sw-1?secret=")) << address;
}

TEST_F(CredentialsTest, RecoveryCodesAreKeptAsDigests) {
  const auto codes = NewRecoveryCodes();
  EXPECT_EQ(std::set<std::string>(codes.begin(), codes.end()).size(), 10U);
  EXPECT_EQ(codes[0].size(), 11U);
  const std::string digest = RecoveryDigest(key_, kActor, codes[0]);
  EXPECT_EQ(RecoveryDigest(key_, kActor, absl::AsciiStrToUpper(codes[0])), digest);
  EXPECT_NE(RecoveryDigest(key_, "staff-sw-2", codes[0]), digest);
}

TEST_F(CredentialsTest, TokensAreLongAndKeptAsDigests) {
  const std::string token = NewToken();
  EXPECT_GE(token.size(), 43U);
  EXPECT_NE(token, NewToken());
  EXPECT_EQ(TokenDigest(key_, token), TokenDigest(key_, token));
  EXPECT_NE(TokenDigest(key_, token), key_.Digest("recovery", token));
}

}  // namespace
}  // namespace mlup::identity::credentials_test
