#include "services/privacy/keyring.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include <fcntl.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "eventstore/base/bytes.h"
#include "eventstore/base/check.h"
#include "eventstore/base/uuid.h"

namespace mlup::privacy {
namespace {

constexpr std::string_view kMagic = "MLUPKEY2";
constexpr std::string_view kSealLabel = "mlup keyring 2";
constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kSealBytes = 16;
constexpr std::size_t kKeyOffset = 4 + 2 * kIdBytes;
constexpr std::size_t kSealOffset = kKeyOffset + SecretKey::kBytes;
constexpr std::size_t kRecordBytes = kSealOffset + kSealBytes;
constexpr std::size_t kWriteRecordsMax = 256;
constexpr char kSubjectKind = 1;
constexpr char kDigestKind = 2;

static_assert(kRecordBytes == 84);

const unsigned char* RawBytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// A buffer for keys on their way to or from the file.
class WipedBuffer {
 public:
  explicit WipedBuffer(std::size_t size) : bytes_(size, '\0') {}
  ~WipedBuffer() { sodium_memzero(bytes_.data(), bytes_.size()); }
  WipedBuffer(const WipedBuffer&) = delete;
  WipedBuffer& operator=(const WipedBuffer&) = delete;

  char* data() { return bytes_.data(); }
  std::string_view view() const { return bytes_; }

 private:
  std::string bytes_;
};

std::string IdBytes(std::string_view uuid) {
  return absl::HexStringToBytes(absl::StrReplaceAll(ToAbsl(uuid), {{"-", ""}}));
}

std::string IdText(std::string_view bytes) {
  const std::string hex = absl::BytesToHexString(ToAbsl(bytes));
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                      hex.substr(16, 4), "-", hex.substr(20));
}

// What the seal of the record with this number should be.
std::string SealOf(std::string_view record, std::uint64_t number, const SecretKey& key) {
  std::string seal(kSealBytes, '\0');
  crypto_generichash_state state;
  crypto_generichash_init(&state, key.data(), SecretKey::kBytes, kSealBytes);
  const std::string place = BigEndian(number);
  crypto_generichash_update(&state, RawBytes(place), place.size());
  crypto_generichash_update(&state, RawBytes(record), kSealOffset);
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(seal.data()), kSealBytes);
  return seal;
}

std::shared_ptr<const SecretKey> SealKeyOf(const unsigned char* digest_key) {
  auto key = std::make_shared<SecretKey>();
  crypto_generichash(key->data(), SecretKey::kBytes, RawBytes(kSealLabel), kSealLabel.size(),
                     digest_key, SecretKey::kBytes);
  return key;
}

// Where a record stands in the write it belongs to.
struct Place {
  std::size_t before = 0;
  std::size_t after = 0;
};

struct Record {
  std::uint64_t number = 0;
  char kind = kSubjectKind;
  Place place;
  std::string_view id;  // of the subject, or the keyring's own
  const SubjectKey& key;
};

void WriteRecord(const Record& record, const SecretKey& seal_key, char* to) {
  to[0] = record.kind;
  to[1] = static_cast<char>(record.place.before);
  to[2] = static_cast<char>(record.place.after);
  std::memcpy(to + 4, IdBytes(record.id).data(), kIdBytes);
  if (record.kind == kSubjectKind) {
    std::memcpy(to + 4 + kIdBytes, IdBytes(record.key.key_id).data(), kIdBytes);
  }
  std::memcpy(to + kKeyOffset, record.key.key->data(), SecretKey::kBytes);
  const std::string seal = SealOf({to, kRecordBytes}, record.number, seal_key);
  std::memcpy(to + kSealOffset, seal.data(), kSealBytes);
}

std::shared_ptr<SecretKey> NewKey() {
  auto key = std::make_shared<SecretKey>();
  randombytes_buf(key->data(), SecretKey::kBytes);
  return key;
}

std::string NewKeyId() {
  std::string bytes(kIdBytes, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return IdText(bytes);
}

absl::Status SystemError(std::string_view what) {
  const std::string words =
      absl::StrCat("keyring: ", ToAbsl(what), ": ", std::generic_category().message(errno));
  if (errno == ENOSPC || errno == EDQUOT) {
    return Error(absl::StatusCode::kResourceExhausted, "DISK_FULL", words);
  }
  return Error(absl::StatusCode::kUnavailable, "KEYRING_UNAVAILABLE", words);
}

absl::Status WriteAt(int file, std::string_view bytes, std::int64_t offset) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(file, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("write");
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += written;
  }
  return fdatasync(file) == 0 ? absl::OkStatus() : SystemError("sync");
}

absl::Status SyncFolder(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return SystemError("open folder");
  const int result = fsync(file);
  close(file);
  return result == 0 ? absl::OkStatus() : SystemError("sync folder");
}

// Writes a new file beside `path`; returns its name.
absl::StatusOr<std::string> WriteBeside(const std::string& path, std::string_view bytes) {
  std::string temporary = absl::StrCat(path, ".new-", getpid());
  unlink(temporary.c_str());
  const int file = open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return SystemError(absl::StrCat("create ", temporary));
  const absl::Status written = WriteAt(file, bytes, 0);
  close(file);
  if (written.ok()) return temporary;
  unlink(temporary.c_str());
  return written;
}

// Makes a file that holds the digest key only; it appears whole or not at all. Of several processes
// that make it at once, one wins and the others use its file.
absl::Status CreateFile(const std::string& path) {
  WipedBuffer bytes(kMagic.size() + kRecordBytes);
  std::memcpy(bytes.data(), kMagic.data(), kMagic.size());
  const std::shared_ptr<SecretKey> key = NewKey();
  const std::string id = NewKeyId();
  const SubjectKey digest_key = {{}, key};
  WriteRecord({.kind = kDigestKind, .place = {}, .id = id, .key = digest_key},
              *SealKeyOf(key->data()), bytes.data() + kMagic.size());
  ASSIGN_OR_RETURN(const std::string temporary, WriteBeside(path, bytes.view()));
  const bool linked = link(temporary.c_str(), path.c_str()) == 0 || errno == EEXIST;
  absl::Status result = linked ? SyncFolder(path) : SystemError("link");
  unlink(temporary.c_str());
  return result;
}

// Keeps other processes out of the file.
class FileLock {
 public:
  static absl::StatusOr<FileLock> Take(int file) {
    while (flock(file, LOCK_EX) != 0) {
      if (errno != EINTR) return SystemError("lock");
    }
    return FileLock(file);
  }
  FileLock(FileLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock() {
    if (file_ >= 0) flock(file_, LOCK_UN);
  }

 private:
  explicit FileLock(int file) : file_(file) {}

  int file_;
};

bool IsWhole(std::string_view record, std::uint64_t number, const SecretKey& key) {
  return record.substr(kSealOffset, kSealBytes) == SealOf(record, number, key);
}

// Whether `rest`, which begins with a damaged record of this number, is nothing but one torn write.
bool IsTornWrite(std::string_view rest, std::uint64_t number, const SecretKey& key) {
  const std::size_t count = rest.size() / kRecordBytes;
  for (std::size_t i = 1; i < count; ++i) {
    const std::string_view record = rest.substr(i * kRecordBytes, kRecordBytes);
    if (!IsWhole(record, number + i, key)) continue;
    const std::size_t before = static_cast<unsigned char>(record[1]);
    const std::size_t after = static_cast<unsigned char>(record[2]);
    if (before < i || i + after + 1 < count) return false;
  }
  return true;
}

}  // namespace

// The result of sodium_mlock is passed over: without the privilege the key may be swapped, no more.
SecretKey::SecretKey() : bytes_{} { static_cast<void>(sodium_mlock(bytes_.data(), kBytes)); }

// Only wiped, not unlocked: the page may hold other keys.
SecretKey::~SecretKey() { sodium_memzero(bytes_.data(), kBytes); }

absl::StatusOr<std::unique_ptr<Keyring>> Keyring::Open(const std::string& path) {
  absl::StatusOr<std::unique_ptr<Keyring>> keyring = Read(path, O_RDWR);
  if (absl::IsNotFound(keyring.status())) {
    RETURN_IF_ERROR(CreateFile(path));
    keyring = Read(path, O_RDWR);
  }
  return keyring;
}

absl::StatusOr<std::unique_ptr<Keyring>> Keyring::Look(const std::string& path) {
  return Read(path, O_RDONLY);
}

absl::StatusOr<std::unique_ptr<Keyring>> Keyring::Read(const std::string& path, int flags) {
  CHECK(sodium_init() >= 0);
  const int file = open(path.c_str(), flags | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) {
    return Error(absl::StatusCode::kNotFound, "KEYRING_MISSING",
                 absl::StrCat("the keyring ", path, " is not there"));
  }
  if (file < 0) return SystemError(absl::StrCat("open ", path));
  std::unique_ptr<Keyring> keyring(new Keyring(file, path));
  struct stat about = {};
  if (fstat(file, &about) != 0) return SystemError("stat");
  if ((about.st_mode & 077) != 0) {
    return Error(absl::StatusCode::kFailedPrecondition, "KEYRING_MODE",
                 absl::StrCat(path, " may be read by others; run `chmod 600 ", path, "`"));
  }
  RETURN_IF_ERROR(keyring->Refresh());
  if (!keyring->digest_key_) return keyring->Damaged("no digest key");
  return keyring;
}

absl::Status Keyring::Damaged(std::string_view what) const {
  return Error(absl::StatusCode::kDataLoss, "KEYRING_DAMAGED",
               absl::StrCat("the keyring ", path_, " is not as it was written: ", ToAbsl(what),
                            ". Put back its newest copy; a copy lacks only the keys of persons "
                            "recorded since, and the start says whose data then stays sealed"));
}

std::size_t Keyring::size() const {
  MutexLock lock(mutex_);
  return keys_.size();
}

bool Keyring::torn() const {
  MutexLock lock(write_mutex_);
  return torn_;
}

Keyring::~Keyring() { close(file_); }

absl::Status Keyring::Refresh() const {
  MutexLock lock(write_mutex_);
  struct stat about = {};
  if (fstat(file_, &about) != 0) return SystemError("stat");
  if (about.st_size == size_ && !torn_) return absl::OkStatus();
  ASSIGN_OR_RETURN(const FileLock file_lock, FileLock::Take(file_));
  return ReadAppended();
}

absl::Status Keyring::ReadAppended() const {
  const off_t end = lseek(file_, 0, SEEK_END);
  if (end < 0) return SystemError("seek");
  if (end < size_) return Damaged("the file has become shorter");
  torn_ = false;
  if (end == size_) return absl::OkStatus();
  WipedBuffer content(static_cast<std::size_t>(end - size_));
  for (std::size_t done = 0; done < content.view().size();) {
    const ssize_t got = pread(file_, content.data() + done, content.view().size() - done,
                              static_cast<off_t>(size_) + static_cast<off_t>(done));
    if (got <= 0) return SystemError("read");
    done += static_cast<std::size_t>(got);
  }
  std::string_view rest = content.view();
  if (size_ == 0) {
    const std::string_view magic = rest.substr(0, kMagic.size());
    if (magic != kMagic) return Damaged("it is no keyring of this release");
    rest.remove_prefix(kMagic.size());
    size_ = static_cast<std::int64_t>(kMagic.size());
    if (rest.size() < kRecordBytes) return Damaged("it ends in its first record");
    records_ = 0;
    // The first record is never torn: a keyring appears whole.
    seal_key_ = SealKeyOf(RawBytes(rest.substr(kKeyOffset, SecretKey::kBytes)));
    if (rest[0] != kDigestKind || !IsWhole(rest.substr(0, kRecordBytes), 0, *seal_key_)) {
      return Damaged("its first record is damaged");
    }
  }
  RETURN_IF_ERROR(ReadRecords(rest));
  // Whoever appended may have ended before its sync.
  return fdatasync(file_) == 0 ? absl::OkStatus() : SystemError("sync");
}

absl::Status Keyring::ReadRecords(std::string_view rest) const {
  for (; rest.size() >= kRecordBytes; rest.remove_prefix(kRecordBytes)) {
    const std::string_view record = rest.substr(0, kRecordBytes);
    if (!IsWhole(record, records_, *seal_key_)) {
      if (IsTornWrite(rest, records_, *seal_key_)) break;
      return Damaged(absl::StrCat("damage at byte ", size_));
    }
    RETURN_IF_ERROR(Adopt(record));
    ++records_;
    size_ += static_cast<std::int64_t>(kRecordBytes);
  }
  torn_ = !rest.empty();
  return absl::OkStatus();
}

absl::Status Keyring::Adopt(std::string_view record) const {
  auto key = std::make_shared<SecretKey>();
  std::memcpy(key->data(), record.data() + kKeyOffset, SecretKey::kBytes);
  if (record[0] == kDigestKind) {
    if (digest_key_ != nullptr) return Damaged("two digest keys");
    digest_key_ = std::move(key);
    id_ = absl::BytesToHexString(ToAbsl(record.substr(4, kIdBytes)));
    return absl::OkStatus();
  }
  if (record[0] != kSubjectKind) return Damaged("a record of an unknown kind");
  MutexLock lock(mutex_);
  const auto [known, is_new] =
      keys_.insert({IdText(record.substr(4, kIdBytes)),
                    {IdText(record.substr(4 + kIdBytes, kIdBytes)), std::move(key)}});
  if (!is_new) return Damaged(absl::StrCat("a second key of one person at byte ", size_));
  return absl::OkStatus();
}

std::vector<SubjectKey> Keyring::Known(const std::vector<std::string>& subject_ids) const {
  std::vector<SubjectKey> known;
  known.reserve(subject_ids.size());
  MutexLock lock(mutex_);
  for (const std::string& id : subject_ids) {
    const auto found = keys_.find(id);
    known.push_back(found == keys_.end() ? SubjectKey() : found->second);
  }
  return known;
}

absl::StatusOr<std::vector<SubjectKey>> Keyring::KeysFor(
    const std::vector<std::string>& subject_ids) {
  for (const std::string& id : subject_ids) {
    if (!IsUuid(id)) {
      return Error(absl::StatusCode::kInvalidArgument, "SUBJECT_INVALID",
                   "a data subject is named by a UUID");
    }
  }
  std::vector<SubjectKey> keys = Known(subject_ids);
  const auto all_known = [&keys] {
    return std::all_of(keys.begin(), keys.end(),
                       [](const SubjectKey& key) { return key.key != nullptr; });
  };
  if (all_known()) return keys;
  {
    MutexLock waiting(mutex_);
    wanted_.insert(subject_ids.begin(), subject_ids.end());
  }
  MutexLock lock(write_mutex_);
  // Whoever had the file before may have made them with its own.
  keys = Known(subject_ids);
  const std::vector<std::string> wanted =
      all_known() ? std::vector<std::string>() : TakeWanted(subject_ids);
  for (std::size_t from = 0; from < wanted.size(); from += kWriteRecordsMax) {
    const auto first = wanted.begin() + static_cast<std::ptrdiff_t>(from);
    const std::size_t count = std::min(kWriteRecordsMax, wanted.size() - from);
    RETURN_IF_ERROR(MakeKeys({first, first + static_cast<std::ptrdiff_t>(count)}));
  }
  keys = Known(subject_ids);
  CHECK(all_known());
  MutexLock known(mutex_);
  for (const std::string& id : subject_ids) wanted_.erase(id);
  return keys;
}

std::vector<std::string> Keyring::TakeWanted(const std::vector<std::string>& subject_ids) {
  MutexLock lock(mutex_);
  wanted_.insert(subject_ids.begin(), subject_ids.end());
  std::vector<std::string> wanted(wanted_.begin(), wanted_.end());
  wanted_.clear();
  return wanted;
}

absl::Status Keyring::MakeKeys(const std::vector<std::string>& subject_ids) {
  ASSIGN_OR_RETURN(const FileLock file_lock, FileLock::Take(file_));
  RETURN_IF_ERROR(ReadAppended());
  const std::vector<SubjectKey> known = Known(subject_ids);
  std::map<std::string, SubjectKey> made;
  for (std::size_t i = 0; i < subject_ids.size(); ++i) {
    if (!known[i].key) made.insert({subject_ids[i], {NewKeyId(), NewKey()}});
  }
  if (made.empty()) return absl::OkStatus();
  WipedBuffer bytes(made.size() * kRecordBytes);
  std::size_t before = 0;
  for (const auto& [subject_id, key] : made) {
    WriteRecord({.number = records_ + before,
                 .place = {before, made.size() - before - 1},
                 .id = subject_id,
                 .key = key},
                *seal_key_, bytes.data() + before * kRecordBytes);
    ++before;
  }
  // What is torn must not follow what is whole.
  if (torn_ && ftruncate(file_, size_) != 0) return SystemError("cut a torn write off");
  torn_ = false;
  // A failed write leaves size_ as it was: the next attempt reads what is whole of it and cuts the
  // rest.
  RETURN_IF_ERROR(WriteAt(file_, bytes.view(), size_));
  records_ += made.size();
  size_ += static_cast<std::int64_t>(bytes.view().size());
  MutexLock lock(mutex_);
  keys_.merge(made);
  return absl::OkStatus();
}

absl::StatusOr<SubjectKey> Keyring::Find(std::string_view subject_id,
                                         std::string_view key_id) const {
  for (const bool refreshed : {false, true}) {
    if (refreshed) RETURN_IF_ERROR(Refresh());
    MutexLock lock(mutex_);
    const auto found = keys_.find(subject_id);
    if (found != keys_.end() && found->second.key_id == key_id) return found->second;
  }
  return Error(absl::StatusCode::kNotFound, "KEY_DESTROYED",
               "the key of this person's data is not in the keyring");
}

std::string Keyring::Digest(std::string_view bytes) const {
  std::string digest(crypto_generichash_BYTES, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(digest.data()), digest.size(),
                     RawBytes(bytes), bytes.size(), digest_key_->data(), SecretKey::kBytes);
  return digest;
}

}  // namespace mlup::privacy
