// The keys of the data subjects, in a file of their own outside the data folder.
//
// File: 8 bytes `MLUPKEY1`, then records of 84 bytes, only ever appended:
//
//   kind 1 | before 1 | after 1 | zero 1 | subject id 16 | key id 16 | key 32 | checksum 16
//
// kind 1 is a subject's key; kind 2 the digest key (ids zero). `before` and `after` count the
// records of the same write on either side. The checksum is BLAKE2b-128 of what stands before it. A
// damaged last write is a torn one whose keys were never used: it is cut off. Damage before it is
// DATA_LOSS KEYRING_DAMAGED.
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
  // when others may read it; DATA_LOSS KEYRING_DAMAGED.
  static absl::StatusOr<std::unique_ptr<Keyring>> Open(const std::string& path);

  ~Keyring();
  Keyring(const Keyring&) = delete;
  Keyring& operator=(const Keyring&) = delete;

  // The subjects' keys, in the same order; missing ones are made with one sync for every 256, those
  // of all threads that ask while one syncs with the next.
  // INVALID_ARGUMENT SUBJECT_INVALID when one is not a UUID.
  absl::StatusOr<std::vector<SubjectKey>> KeysFor(const std::vector<std::string>& subject_ids);

  // The subject's key with this id. NOT_FOUND KEY_DESTROYED.
  absl::StatusOr<SubjectKey> Find(std::string_view subject_id, std::string_view key_id) const;

  // Keyed BLAKE2b-256 of a command, with a key that only this file holds: 32 bytes.
  std::string Digest(std::string_view bytes) const;

 private:
  explicit Keyring(int file) : file_(file) {}

  // Reads what stands in the file after size_, and cuts a torn write off. The file is locked.
  absl::Status ReadAppended() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // Takes one write's records into memory; `offset` is where they stand in the file.
  absl::Status Adopt(std::string_view record) const;
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

  // What is in memory of the file; mutable because a reader takes in what other processes appended.
  // write_mutex_ is held by the one who reads or appends to the file, during the sync too: readers
  // of known keys need only mutex_.
  mutable Mutex write_mutex_;
  mutable std::int64_t size_ ABSL_GUARDED_BY(write_mutex_) = 0;

  mutable Mutex mutex_;
  mutable std::shared_ptr<const SecretKey> digest_key_;
  mutable std::map<std::string, SubjectKey, std::less<>> keys_ ABSL_GUARDED_BY(mutex_);
  // Of those who wait for write_mutex_, or did when it was last taken.
  std::set<std::string> wanted_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::privacy
