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

#include "eventstore/base/check.h"
#include "eventstore/base/uuid.h"

namespace mlup::privacy {
namespace {

constexpr std::string_view kMagic = "MLUPKEY1";
constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kChecksumBytes = 16;
constexpr std::size_t kKeyOffset = 4 + 2 * kIdBytes;
constexpr std::size_t kChecksumOffset = kKeyOffset + SecretKey::kBytes;
constexpr std::size_t kRecordBytes = kChecksumOffset + kChecksumBytes;
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

std::string Checksum(std::string_view record) {
  std::string checksum(kChecksumBytes, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(checksum.data()), checksum.size(),
                     RawBytes(record), kChecksumOffset, nullptr, 0);
  return checksum;
}

// Where a record stands in the write it belongs to.
struct Place {
  std::size_t before = 0;
  std::size_t after = 0;
};

void WriteRecord(char* record, Place place, std::string_view subject_id, const SubjectKey& key) {
  const char kind = subject_id.empty() ? kDigestKind : kSubjectKind;
  record[0] = kind;
  record[1] = static_cast<char>(place.before);
  record[2] = static_cast<char>(place.after);
  if (kind == kSubjectKind) {
    std::memcpy(record + 4, IdBytes(subject_id).data(), kIdBytes);
    std::memcpy(record + 4 + kIdBytes, IdBytes(key.key_id).data(), kIdBytes);
  }
  std::memcpy(record + kKeyOffset, key.key->data(), SecretKey::kBytes);
  const std::string checksum = Checksum({record, kRecordBytes});
  std::memcpy(record + kChecksumOffset, checksum.data(), kChecksumBytes);
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
  return Error(
      absl::StatusCode::kUnavailable, "KEYRING_UNAVAILABLE",
      absl::StrCat("keyring: ", ToAbsl(what), ": ", std::generic_category().message(errno)));
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

// Makes a file that holds the digest key only; it appears whole or not at all. Of several processes
// that make it at once, one wins and the others use its file.
absl::Status CreateFile(const std::string& path) {
  const std::string temporary = absl::StrCat(path, ".new-", getpid());
  const int file = open(temporary.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return SystemError("create");
  WipedBuffer bytes(kMagic.size() + kRecordBytes);
  std::memcpy(bytes.data(), kMagic.data(), kMagic.size());
  WriteRecord(bytes.data() + kMagic.size(), {}, {}, {{}, NewKey()});
  const absl::Status written = WriteAt(file, bytes.view(), 0);
  close(file);
  const bool linked =
      written.ok() && (link(temporary.c_str(), path.c_str()) == 0 || errno == EEXIST);
  absl::Status result = !written.ok() ? written : linked ? SyncFolder(path) : SystemError("link");
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

bool IsWhole(std::string_view record) {
  return record.substr(kChecksumOffset, kChecksumBytes) == Checksum(record);
}

// Whether `rest`, which begins with a damaged record, is nothing but one torn write.
bool IsTornWrite(std::string_view rest) {
  const std::size_t count = rest.size() / kRecordBytes;
  for (std::size_t i = 1; i < count; ++i) {
    const std::string_view record = rest.substr(i * kRecordBytes, kRecordBytes);
    if (!IsWhole(record)) continue;
    const std::size_t before = static_cast<unsigned char>(record[1]);
    const std::size_t after = static_cast<unsigned char>(record[2]);
    if (before < i || i + after + 1 < count) return false;
  }
  return true;
}

absl::Status Damaged(std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "KEYRING_DAMAGED",
               absl::StrCat("keyring: ", ToAbsl(what)));
}

}  // namespace

// The result of sodium_mlock is passed over: without the privilege the key may be swapped, no more.
SecretKey::SecretKey() : bytes_{} { static_cast<void>(sodium_mlock(bytes_.data(), kBytes)); }

// Only wiped, not unlocked: the page may hold other keys.
SecretKey::~SecretKey() { sodium_memzero(bytes_.data(), kBytes); }

absl::StatusOr<std::unique_ptr<Keyring>> Keyring::Open(const std::string& path) {
  CHECK(sodium_init() >= 0);
  if (access(path.c_str(), F_OK) != 0) RETURN_IF_ERROR(CreateFile(path));
  const int file = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return SystemError("open");
  std::unique_ptr<Keyring> keyring(new Keyring(file));
  struct stat about = {};
  if (fstat(file, &about) != 0) return SystemError("stat");
  if ((about.st_mode & 077) != 0) {
    return Error(absl::StatusCode::kFailedPrecondition, "KEYRING_MODE",
                 absl::StrCat(path, " may be read by others; run `chmod 600 ", path, "`"));
  }
  RETURN_IF_ERROR(keyring->Refresh());
  if (!keyring->digest_key_) return Damaged("no digest key");
  return keyring;
}

Keyring::~Keyring() { close(file_); }

absl::Status Keyring::Refresh() const {
  MutexLock lock(write_mutex_);
  struct stat about = {};
  if (fstat(file_, &about) != 0) return SystemError("stat");
  if (about.st_size == size_) return absl::OkStatus();
  ASSIGN_OR_RETURN(const FileLock file_lock, FileLock::Take(file_));
  return ReadAppended();
}

absl::Status Keyring::ReadAppended() const {
  const off_t end = lseek(file_, 0, SEEK_END);
  if (end < 0) return SystemError("seek");
  if (end < size_) return Damaged("the file has become shorter");
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
    if (rest.substr(0, kMagic.size()) != kMagic) return Damaged("not a keyring file");
    rest.remove_prefix(kMagic.size());
    size_ = static_cast<std::int64_t>(kMagic.size());
  }
  for (; rest.size() >= kRecordBytes; rest.remove_prefix(kRecordBytes)) {
    if (!IsWhole(rest.substr(0, kRecordBytes))) {
      if (IsTornWrite(rest)) break;
      return Damaged(absl::StrCat("damaged record at byte ", size_));
    }
    RETURN_IF_ERROR(Adopt(rest.substr(0, kRecordBytes)));
    size_ += static_cast<std::int64_t>(kRecordBytes);
  }
  if (!rest.empty() && ftruncate(file_, size_) != 0) return SystemError("cut the torn record off");
  // Whoever appended may have ended before its sync.
  return fdatasync(file_) == 0 ? absl::OkStatus() : SystemError("sync");
}

absl::Status Keyring::Adopt(std::string_view record) const {
  auto key = std::make_shared<SecretKey>();
  std::memcpy(key->data(), record.data() + kKeyOffset, SecretKey::kBytes);
  if (record[0] == kDigestKind) {
    digest_key_ = std::move(key);
    return absl::OkStatus();
  }
  if (record[0] != kSubjectKind) return Damaged("a record of an unknown kind");
  MutexLock lock(mutex_);
  keys_[IdText(record.substr(4, kIdBytes))] = {IdText(record.substr(4 + kIdBytes, kIdBytes)),
                                               std::move(key)};
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
    WriteRecord(bytes.data() + before * kRecordBytes, {before, made.size() - before - 1},
                subject_id, key);
    ++before;
  }
  // A failed write leaves size_ as it was: the next attempt reads what is whole of it and cuts the
  // rest.
  RETURN_IF_ERROR(WriteAt(file_, bytes.view(), size_));
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
