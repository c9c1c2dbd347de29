// The keys of the data subjects, in a file of their own outside the data folder.
//
// File: 8 bytes `MLUPKEY2`, then records of 84 bytes, only ever appended:
//
//   kind 1 | before 1 | after 1 | zero 1 | subject id 16 | key id 16 | key 32 | seal 16
//
// The first record is of kind 2: the digest key, and in the place of the subject the keyring's own
// id. All others are of kind 1, a subject's key, one a subject. `before` and `after` count the
// records of the same write on either side. A seal is BLAKE2b-128 of the record's number, from 0 (8
// bytes, big-endian), and what stands before the seal in the record, keyed with BLAKE2b-256 of
// `mlup keyring 2` keyed with the digest key: no record can be changed, added, doubled, moved or
// left out from the middle. Where that is so it is DATA_LOSS KEYRING_DAMAGED, but for the last
// write: a torn one, whose keys nobody has, looks the same. It is passed over, told by torn(), and
// stays in the file until keys are written in its place: who checks the log against the keyring
// knows before then whether its keys were in use.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"

namespace mlup::privacy {

// 256 bits, kept out of swap where the system lets us, and wiped when let go.
class SecretKey {
 public:
  static constexpr std::size_t kBytes = 32;

  SecretKey();
  ~SecretKey();
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;

  const unsigned char* data() const { return bytes_.data(); }
  unsigned char* data() { return bytes_.data(); }

 private:
  std::array<unsigned char, kBytes> bytes_;
};

// A data subject's key. `key` is shared between the keyring and those who use it right now.
struct SubjectKey {
  std::string key_id;
  std::shared_ptr<const SecretKey> key;
};

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
  // Reads what stands in the file after size_, but for a torn write. The file is locked.
  absl::Status ReadAppended() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // What stands in the file from size_ to `end`, past the magic.
  absl::Status ReadRecords(std::string_view rest) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::Status Adopt(std::string_view record) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
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
  mutable std::int64_t size_ ABSL_GUARDED_BY(write_mutex_) = 0;
  mutable bool torn_ ABSL_GUARDED_BY(write_mutex_) = false;
  // Records before size_.
  mutable std::uint64_t records_ ABSL_GUARDED_BY(write_mutex_) = 0;
  mutable std::shared_ptr<const SecretKey> seal_key_ ABSL_GUARDED_BY(write_mutex_);

  // Read once, before anybody else can ask.
  mutable std::string id_;
  mutable std::shared_ptr<const SecretKey> digest_key_;

  mutable Mutex mutex_;
  mutable std::map<std::string, SubjectKey, std::less<>> keys_ ABSL_GUARDED_BY(mutex_);
  // Of those who wait for write_mutex_, or did when it was last taken.
  std::set<std::string> wanted_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::privacy
