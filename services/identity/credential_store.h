// What proves identity, kept in DATA.credentials.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "eventstore/base/files.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "mlup/identity/v1/credentials.pb.h"
#include "services/identity/credential_key.h"

namespace mlup::identity {

// Credentials that nobody changes, with the ways to find something in them. Any thread.
class KnownCredentials {
 public:
  explicit KnownCredentials(v1::Credentials all);
  KnownCredentials(const KnownCredentials&) = delete;
  KnownCredentials& operator=(const KnownCredentials&) = delete;

  const v1::Credentials& all() const { return all_; }
  // Null where there is none. Digests are keyed, so that how long it takes to find one tells
  // nothing.
  const v1::AccountCredentials* FindAccount(std::string_view actor_id) const;
  const v1::Session* FindSession(std::string_view token_digest) const;

 private:
  const v1::Credentials all_;
  std::unordered_map<std::string_view, const v1::AccountCredentials*> accounts_;
  std::unordered_map<std::string_view, const v1::Session*> sessions_;
};

// The entry of an actor to change; null where there is none.
v1::AccountCredentials* FindToChange(v1::Credentials& credentials, std::string_view actor_id);

// One file, replaced as a whole with each change. What other processes changed is seen by the next
// Refresh() and before each change.
//
// Any thread, several processes. Borrows the files. At most kAccountsMax accounts, kSignedInMax
// sessions and kCredentialsBytesMax bytes.
class CredentialStore {
 public:
  using Snapshot = std::shared_ptr<const KnownCredentials>;
  using Change = std::function<absl::Status(v1::Credentials&)>;

  // A file that is not there is one without accounts, and is made by the first change.
  // FAILED_PRECONDITION CREDENTIALS_MODE where others may read it; CREDENTIALS_OTHER; DATA_LOSS
  // CREDENTIALS_DAMAGED; what the disk says.
  static absl::StatusOr<std::unique_ptr<CredentialStore>> Open(Files& files, std::string path,
                                                               const privacy::Keyring& keyring);

  // As it was last read or written; shared with whoever looks at it.
  Snapshot Now() const;
  // Reads what others changed. Where that fails, Now() holds nobody's credentials until it works
  // again: what cannot be looked up is not taken for granted.
  absl::Status Refresh();

  // Applies the change to the newest content and makes it durable. Nothing changes where the
  // function or the disk says no.
  absl::Status Update(const Change& change);

  const CredentialKey& key() const { return key_; }
  const std::string& path() const { return path_; }

 private:
  CredentialStore(Files& files, std::string path, const privacy::Keyring& keyring)
      : files_(files), path_(std::move(path)), key_(keyring) {}

  absl::StatusOr<Snapshot> ReadFile() const;
  absl::StatusOr<std::uint64_t> GenerationOfFile() const;
  void Keep(Snapshot snapshot);

  Files& files_;
  const std::string path_;
  const CredentialKey key_;
  // Held by the one who changes the file.
  Mutex write_mutex_;
  mutable Mutex mutex_;
  Snapshot now_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::identity
