#include "services/identity/credential_store.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/private_file.h"
#include "services/identity/credentials_file.h"

namespace mlup::identity {
namespace {

// How long another process may take with its change.
constexpr int kLockTries = 400;
constexpr std::chrono::milliseconds kLockPause(5);

// The file itself is replaced: what is locked is a file beside it.
absl::StatusOr<std::unique_ptr<FileLock>> LockBeside(Files& files, const std::string& path) {
  Mutex mutex;
  Condition never;
  for (int i = 0; i < kLockTries; ++i) {
    absl::StatusOr<std::unique_ptr<FileLock>> lock = files.Lock(path + ".lock");
    if (lock.ok() || ErrorReason(lock.status()) != "FILE_LOCKED") return lock;
    MutexLock waits(mutex);
    never.WaitFor(mutex, kLockPause);
  }
  return Error(absl::StatusCode::kUnavailable, "CREDENTIALS_BUSY",
               "another process changes the file of credentials: try again");
}

absl::Status CheckSize(const v1::Credentials& credentials) {
  if (static_cast<std::size_t>(credentials.accounts_size()) <= kAccountsMax &&
      static_cast<std::size_t>(credentials.sessions_size()) <= kSignedInMax &&
      credentials.ByteSizeLong() <= kCredentialsBytesMax / 2) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kResourceExhausted, "CREDENTIALS_FULL",
               absl::StrCat("at most ", kAccountsMax, " accounts and ", kSignedInMax, " sessions"));
}

}  // namespace

KnownCredentials::KnownCredentials(v1::Credentials all) : all_(std::move(all)) {
  for (const v1::AccountCredentials& account : all_.accounts()) {
    accounts_.emplace(account.actor_id(), &account);
  }
  for (const v1::Session& session : all_.sessions()) {
    sessions_.emplace(session.token_digest(), &session);
  }
}

const v1::AccountCredentials* KnownCredentials::FindAccount(std::string_view actor_id) const {
  const auto found = accounts_.find(actor_id);
  return found == accounts_.end() ? nullptr : found->second;
}

const v1::Session* KnownCredentials::FindSession(std::string_view token_digest) const {
  const auto found = sessions_.find(token_digest);
  return found == sessions_.end() ? nullptr : found->second;
}

v1::AccountCredentials* FindToChange(v1::Credentials& credentials, std::string_view actor_id) {
  for (v1::AccountCredentials& account : *credentials.mutable_accounts()) {
    if (account.actor_id() == actor_id) return &account;
  }
  return nullptr;
}

absl::StatusOr<std::unique_ptr<CredentialStore>> CredentialStore::Open(
    Files& files, std::string path, const privacy::Keyring& keyring) {
  std::unique_ptr<CredentialStore> store(new CredentialStore(files, std::move(path), keyring));
  RETURN_IF_ERROR(CheckPrivate(store->path_, "CREDENTIALS_MODE"));
  ASSIGN_OR_RETURN(Snapshot read, store->ReadFile());
  store->Keep(std::move(read));
  return store;
}

CredentialStore::Snapshot CredentialStore::Now() const {
  MutexLock lock(mutex_);
  return now_;
}

void CredentialStore::Keep(Snapshot snapshot) {
  MutexLock lock(mutex_);
  now_ = std::move(snapshot);
}

absl::StatusOr<CredentialStore::Snapshot> CredentialStore::ReadFile() const {
  const absl::StatusOr<std::string> bytes = files_.ReadAll(path_);
  if (absl::IsNotFound(bytes.status()))
    return std::make_shared<const KnownCredentials>(v1::Credentials());
  if (!bytes.ok()) return bytes.status();
  ASSIGN_OR_RETURN(v1::Credentials read, ParseCredentials(*bytes, key_));
  return std::make_shared<const KnownCredentials>(std::move(read));
}

absl::StatusOr<std::uint64_t> CredentialStore::GenerationOfFile() const {
  const absl::StatusOr<std::unique_ptr<File>> file = files_.Open(path_, Files::Mode::kRead);
  if (absl::IsNotFound(file.status())) return 0;
  if (!file.ok()) return file.status();
  ASSIGN_OR_RETURN(const std::string head, (*file)->Read(0, kCredentialsHeadBytes));
  return FileGeneration(head);
}

absl::Status CredentialStore::Refresh() {
  const absl::StatusOr<std::uint64_t> generation = GenerationOfFile();
  if (generation.ok() && *generation == Now()->all().generation()) return absl::OkStatus();
  MutexLock lock(write_mutex_);
  absl::StatusOr<Snapshot> read = ReadFile();
  // Gone, or older than it was: neither takes a session back to life.
  if (read.ok() && (*read)->all().generation() < Now()->all().generation()) {
    read = Error(absl::StatusCode::kDataLoss, "CREDENTIALS_OLDER",
                 absl::StrCat(path_, " is gone or older than it was"));
  }
  if (read.ok()) {
    Keep(*std::move(read));
    return absl::OkStatus();
  }
  const Snapshot before = Now();
  v1::Credentials nobody;
  nobody.set_generation(before->all().generation());
  for (const v1::AccountCredentials& account : before->all().accounts()) {
    nobody.add_accounts()->set_actor_id(account.actor_id());
  }
  Keep(std::make_shared<const KnownCredentials>(std::move(nobody)));
  return read.status();
}

absl::Status CredentialStore::Update(const Change& change) {
  RETURN_IF_ERROR(Refresh());
  MutexLock lock(write_mutex_);
  ASSIGN_OR_RETURN(const std::unique_ptr<FileLock> held, LockBeside(files_, path_));
  ASSIGN_OR_RETURN(const Snapshot before, ReadFile());
  if (before->all().generation() < Now()->all().generation()) {
    return Error(absl::StatusCode::kDataLoss, "CREDENTIALS_OLDER",
                 absl::StrCat(path_, " is gone or older than it was"));
  }
  v1::Credentials after = before->all();
  RETURN_IF_ERROR(change(after));
  after.set_generation(before->all().generation() + 1);
  RETURN_IF_ERROR(CheckSize(after));
  RETURN_IF_ERROR(files_.Replace(path_, FormatCredentials(after, key_)));
  Keep(std::make_shared<const KnownCredentials>(std::move(after)));
  return absl::OkStatus();
}

}  // namespace mlup::identity
