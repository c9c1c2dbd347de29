// The bytes of a keyring's file.
//
// 8 bytes `MLUPKEY2`, then records of 84 bytes, which are appended:
//
//   kind 1 | before 1 | after 1 | zero 1 | subject id 16 | key id 16 | key 32 | seal 16
//
// The first record is of kind 2: the digest key, and in the place of the subject the keyring's own
// id. All others are of kind 1, a subject's key, one a subject, or of kind 3: zeros where the key
// was before it was destroyed. Destroying one writes the whole file anew. `before` and `after`
// count the records of the same write on either side. A seal is BLAKE2b-128 of the record's number,
// from 0 (8 bytes, big-endian), and what stands before the seal in the record, keyed with
// BLAKE2b-256 of `mlup keyring 2` keyed with the digest key: no record can be changed, added,
// doubled, moved or left out from the middle. Where that is so the file is damaged, but for the
// last write: a torn one, whose keys nobody has, looks the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

#include "services/privacy/secret_key.h"

namespace mlup::privacy {

// What was read of a file, and how it goes on. No I/O; one thread at a time. CHECKs nothing of the
// bytes it is given.
class KeyringRecords {
 public:
  // The most records of one write.
  static constexpr std::size_t kWriteMax = 256;
  // Of a file without subjects.
  static constexpr std::size_t kNewFileBytes = 92;

  // Whose key it is, and the key: none where it was destroyed. What it returns ends the reading
  // unless OK.
  using Visit = std::function<absl::Status(std::string subject_id, const SubjectKey& key)>;

  // Writes such a file, of the keyring with this id (a UUID's text), to `to`, which has room.
  static void MakeFile(const std::string& id, std::shared_ptr<const SecretKey> digest_key,
                       char* to);

  // Reads what follows the first bytes() of the file: whole records, and perhaps a torn write,
  // which is told by torn() and given again. DATA_LOSS with what is wrong.
  absl::Status Read(std::string_view rest, const Visit& visit);

  // Bytes of a write of so many keys.
  static std::size_t WriteBytes(std::size_t count);
  // Writes 1 to kWriteMax keys by their subjects to `to`, which has room; they are whole once they
  // stand at bytes() of the file.
  void Write(const std::map<std::string, SubjectKey>& keys, char* to) const;
  // That they do.
  void Wrote(std::size_t count);

  // Takes the subject's key out of `file`, which are all bytes() of a file that was read: its
  // record stays and says that it was destroyed. Where the key stood in the file; nothing where the
  // subject has none.
  std::optional<std::size_t> Destroy(std::string_view subject_id, char* file) const;

  // How much of the file is read.
  std::uint64_t bytes() const { return bytes_; }
  bool torn() const { return torn_; }
  // Of this keyring, in hexadecimal.
  const std::string& id() const { return id_; }
  // Null before the first record was read.
  const std::shared_ptr<const SecretKey>& digest_key() const { return digest_key_; }

 private:
  // The magic and the first record.
  absl::Status ReadBeginning(std::string_view& rest);

  std::uint64_t bytes_ = 0;
  std::uint64_t records_ = 0;
  bool torn_ = false;
  std::string id_;
  std::shared_ptr<const SecretKey> digest_key_;
  std::shared_ptr<const SecretKey> seal_key_;
};

// 16 bytes as a UUID's text.
std::string IdText(std::string_view bytes);

}  // namespace mlup::privacy
