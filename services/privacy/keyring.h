// The keys of the data subjects, in a file of their own outside the data folder.
//
// A record that was changed, added, doubled, moved or left out is DATA_LOSS KEYRING_DAMAGED
// (keyring_records.h), but for the last write, which may be a torn one. It is passed over, told by
// torn(), and stays in the file until keys are written in its place: who checks the log against the
// keyring knows before then whether its keys were in use.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "services/privacy/keyring_records.h"
#include "services/privacy/secret_key.h"

namespace mlup::privacy {

// One key per data subject, made on first use and durable before it is handed out.
//
// Any thread, and several processes: the file is locked while one of them appends, and what others
// appended is read before a key is made or found missing. Owns the open file. About 200 bytes of
// memory a subject.
class Keyring {
 public:
  // Opens the file, or makes it (mode 0600) where there is none. FAILED_PRECONDITION KEYRING_MODE
  // when others may read it; DATA_LOSS KEYRING_DAMAGED; UNAVAILABLE KEYRING_UNAVAILABLE when it
  // cannot be read, which is never taken for absent.
  static absl::StatusOr<std::unique_ptr<Keyring>> Open(const std::string& path);

  // The same for looking only: changes and makes nothing. NOT_FOUND KEYRING_MISSING. KeysFor()
  // fails for a subject without a key.
  static absl::StatusOr<std::unique_ptr<Keyring>> Look(const std::string& path);

  ~Keyring();
  Keyring(const Keyring&) = delete;
  Keyring& operator=(const Keyring&) = delete;

  // The subjects' keys, in the same order; missing ones are made with one sync for every 256, those
  // of all threads that ask while one syncs with the next.
  // INVALID_ARGUMENT SUBJECT_INVALID when one is not a UUID.
  absl::StatusOr<std::vector<SubjectKey>> KeysFor(const std::vector<std::string>& subject_ids);

  // The subject's key with this id. NOT_FOUND KEY_DESTROYED.
  absl::StatusOr<SubjectKey> Find(std::string_view subject_id, std::string_view key_id) const;

  const std::string& path() const { return path_; }
  // Of this keyring and no other, in hexadecimal.
  const std::string& id() const { return id_; }
  // How many subjects have a key.
  std::size_t size() const;
  // Whether the file ends with something that is not a whole write.
  bool torn() const;

  // Keyed BLAKE2b-256 of a command, with a key that only this file holds: 32 bytes.
  std::string Digest(std::string_view bytes) const;

 private:
  Keyring(int file, std::string path) : file_(file), path_(std::move(path)) {}

  static absl::StatusOr<std::unique_ptr<Keyring>> Read(const std::string& path, int flags);
  // Reads what stands in the file after what is known of it. The file is locked.
  absl::Status ReadAppended() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::Status Damaged(std::string_view what) const;
  // ReadAppended() where the file has grown or has not been read.
  absl::Status Refresh() const;
  // The known keys of `subject_ids`, with an empty one for each that is missing.
  std::vector<SubjectKey> Known(const std::vector<std::string>& subject_ids) const;
  // What others wait for, and these.
  std::vector<std::string> TakeWanted(const std::vector<std::string>& subject_ids);
  // At most 256, which one write holds.
  absl::Status MakeKeys(const std::vector<std::string>& subject_ids)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);

  const int file_;
  const std::string path_;

  // What is in memory of the file; mutable because a reader takes in what other processes appended.
  // write_mutex_ is held by the one who reads or appends to the file, during the sync too: readers
  // of known keys need only mutex_.
  mutable Mutex write_mutex_;
  mutable KeyringRecords records_ ABSL_GUARDED_BY(write_mutex_);

  // Read once, before anybody else can ask.
  mutable std::string id_;
  mutable std::shared_ptr<const SecretKey> digest_key_;

  mutable Mutex mutex_;
  mutable std::map<std::string, SubjectKey, std::less<>> keys_ ABSL_GUARDED_BY(mutex_);
  // Of those who wait for write_mutex_, or did when it was last taken.
  std::set<std::string> wanted_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::privacy
