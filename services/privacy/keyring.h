// The keys of the data subjects, in a file of their own outside the data folder.
//
// A record that was changed, added, doubled, moved or left out is DATA_LOSS KEYRING_DAMAGED
// (keyring_records.h), but for the last write, which may be a torn one. It is passed over, told by
// torn(), and stays in the file until keys are written in its place: who checks the log against the
// keyring knows before then whether its keys were in use.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
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

class FileLock;

// One key per data subject, made on first use and durable before it is handed out.
//
// Any thread, and several processes: the file is locked while one of them writes, and what others
// appended is read before a key is made or found missing. A key that another process destroyed is
// gone here within a second. Owns the open file. About 200 bytes of memory a subject.
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
  // INVALID_ARGUMENT SUBJECT_INVALID when one is not a UUID; FAILED_PRECONDITION PERSON_ERASED when
  // the key of one was destroyed.
  absl::StatusOr<std::vector<SubjectKey>> KeysFor(const std::vector<std::string>& subject_ids);

  // The subject's key with this id. NOT_FOUND KEY_DESTROYED.
  absl::StatusOr<SubjectKey> Find(std::string_view subject_id, std::string_view key_id) const;

  // FAILED_PRECONDITION PERSON_ERASED when the subject's key was destroyed.
  absl::Status CheckNotErased(const std::string& subject_id) const {
    return CheckNotErased(Known({subject_id}));
  }

  // The id of the subject's key; empty where there is none, or none any more.
  absl::StatusOr<std::string> KeyIdOf(std::string_view subject_id) const;

  // Destroys the subject's key for good: when this returns OK it is in no memory of this process
  // but that of calls under way, and not in the file, whose former bytes are overwritten. Nothing
  // where there is none. The file is replaced as a whole, so that a crash leaves one or the other.
  absl::Status Destroy(std::string_view subject_id);

  const std::string& path() const { return path_; }
  // Of this keyring and no other, in hexadecimal.
  const std::string& id() const { return id_; }
  // How many subjects have a key or had one.
  std::size_t size() const;
  // Whether the file ends with something that is not a whole write.
  bool torn() const;

  // Keyed BLAKE2b-256 of a command, with a key that only this file holds: 32 bytes.
  std::string Digest(std::string_view bytes) const;

 private:
  Keyring(int file, int flags, std::string path)
      : flags_(flags), path_(std::move(path)), file_(file) {}

  static absl::StatusOr<std::unique_ptr<Keyring>> Read(const std::string& path, int flags);
  // Reads what stands in the file after what is known of it. The file is locked.
  absl::Status ReadAppended() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::Status Damaged(std::string_view what) const;
  // Locks the file that is at the path now, and reads it from the start where that is another one
  // than before.
  absl::StatusOr<FileLock> LockNewest() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // Whether the file at the path is the one that is open.
  absl::StatusOr<bool> IsNewest() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // ReadAppended() where the file has grown, was replaced, or has not been read.
  absl::Status Refresh() const;
  // Refresh() once a second at most.
  absl::Status RefreshSometimes() const;
  // Whether one of the keys was destroyed.
  static absl::Status CheckNotErased(const std::vector<SubjectKey>& keys);
  // The known keys of `subject_ids`, with an empty one for each that is missing.
  std::vector<SubjectKey> Known(const std::vector<std::string>& subject_ids) const;
  // What others wait for, and these.
  std::vector<std::string> TakeWanted(const std::vector<std::string>& subject_ids);
  // At most 256, which one write holds.
  absl::Status MakeKeys(const std::vector<std::string>& subject_ids)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);

  const int flags_;
  const std::string path_;

  // What is in memory of the file; mutable because a reader takes in what other processes appended.
  // write_mutex_ is held by the one who reads or appends to the file, during the sync too: readers
  // of known keys need only mutex_.
  mutable Mutex write_mutex_;
  mutable int file_ ABSL_GUARDED_BY(write_mutex_);
  mutable KeyringRecords records_ ABSL_GUARDED_BY(write_mutex_);

  // Read once, before anybody else can ask.
  mutable std::string id_;
  mutable std::shared_ptr<const SecretKey> digest_key_;

  mutable std::atomic<std::int64_t> refreshed_ms_{0};

  mutable Mutex mutex_;
  // With an id and no key where it was destroyed.
  mutable std::map<std::string, SubjectKey, std::less<>> keys_ ABSL_GUARDED_BY(mutex_);
  // Of those who wait for write_mutex_, or did when it was last taken.
  std::set<std::string> wanted_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::privacy
