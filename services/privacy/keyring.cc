#include "services/privacy/keyring.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include <fcntl.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "eventstore/base/check.h"
#include "eventstore/base/uuid.h"

namespace mlup::privacy {
namespace {

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

absl::Status ReadAt(int file, off_t from, WipedBuffer& to) {
  for (std::size_t done = 0; done < to.view().size();) {
    const ssize_t got =
        pread(file, to.data() + done, to.view().size() - done, from + static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return SystemError("read");
    done += static_cast<std::size_t>(got);
  }
  return absl::OkStatus();
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

std::shared_ptr<const SecretKey> NewKey() {
  auto key = std::make_shared<SecretKey>();
  randombytes_buf(key->data(), SecretKey::kBytes);
  return key;
}

std::string NewKeyId() {
  std::string bytes(16, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return IdText(bytes);
}

// Writes a new file; there is none where this fails.
absl::Status WriteNew(const std::string& temporary, std::string_view bytes) {
  unlink(temporary.c_str());
  const int file = open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return SystemError(absl::StrCat("create ", temporary));
  absl::Status written = WriteAt(file, bytes, 0);
  close(file);
  if (!written.ok()) unlink(temporary.c_str());
  return written;
}

// Makes a file that holds the digest key only; it appears whole or not at all. Of several processes
// that make it at once, one wins and the others use its file.
absl::Status CreateFile(const std::string& path) {
  WipedBuffer bytes(KeyringRecords::kNewFileBytes);
  KeyringRecords::MakeFile(NewKeyId(), NewKey(), bytes.data());
  const std::string temporary = absl::StrCat(path, ".new-", getpid());
  RETURN_IF_ERROR(WriteNew(temporary, bytes.view()));
  const bool linked = link(temporary.c_str(), path.c_str()) == 0 || errno == EEXIST;
  absl::Status result = linked ? SyncFolder(path) : SystemError("link");
  unlink(temporary.c_str());
  return result;
}

// While a file is written in the place of `path`. What a crash leaves of it holds keys.
std::string Replacement(const std::string& path) { return absl::StrCat(path, ".destroying"); }

std::int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

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
  ~FileLock() { Unlock(); }

  void Unlock() {
    if (file_ >= 0) flock(std::exchange(file_, -1), LOCK_UN);
  }

 private:
  explicit FileLock(int file) : file_(file) {}

  int file_;
};

absl::StatusOr<std::unique_ptr<Keyring>> Keyring::Open(const std::string& path) {
  absl::StatusOr<std::unique_ptr<Keyring>> keyring = Read(path, O_RDWR);
  if (absl::IsNotFound(keyring.status())) {
    RETURN_IF_ERROR(CreateFile(path));
    keyring = Read(path, O_RDWR);
  }
  if (!keyring.ok()) return keyring;
  MutexLock lock((*keyring)->write_mutex_);
  ASSIGN_OR_RETURN(const FileLock file_lock, (*keyring)->LockNewest());
  if (unlink(Replacement(path).c_str()) != 0 && errno != ENOENT)
    return SystemError("remove a rest");
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
  std::unique_ptr<Keyring> keyring(new Keyring(file, flags, path));
  struct stat about = {};
  if (fstat(file, &about) != 0) return SystemError("stat");
  if ((about.st_mode & 077) != 0) {
    return Error(absl::StatusCode::kFailedPrecondition, "KEYRING_MODE",
                 absl::StrCat(path, " may be read by others; run `chmod 600 ", path, "`"));
  }
  RETURN_IF_ERROR(keyring->Refresh());
  if (keyring->digest_key_ == nullptr) return keyring->Damaged("it is empty");
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
  return records_.torn();
}

Keyring::~Keyring() {
  MutexLock lock(write_mutex_);
  close(file_);
}

absl::StatusOr<bool> Keyring::IsNewest() const {
  struct stat ours = {};
  struct stat newest = {};
  if (fstat(file_, &ours) != 0) return SystemError("stat");
  // Whoever took the file away meanwhile has not replaced it.
  if (stat(path_.c_str(), &newest) != 0) return true;
  return ours.st_ino == newest.st_ino && ours.st_dev == newest.st_dev;
}

absl::StatusOr<FileLock> Keyring::LockNewest() const {
  while (true) {
    ASSIGN_OR_RETURN(FileLock file_lock, FileLock::Take(file_));
    ASSIGN_OR_RETURN(const bool newest, IsNewest());
    if (newest) {
      RETURN_IF_ERROR(ReadAppended());
      return file_lock;
    }
    const int file = open(path_.c_str(), flags_ | O_CLOEXEC);
    if (file < 0) return SystemError(absl::StrCat("open ", path_));
    file_lock.Unlock();
    close(file_);
    file_ = file;
    records_ = KeyringRecords();
    MutexLock lock(mutex_);
    keys_.clear();
  }
}

absl::Status Keyring::Refresh() const {
  MutexLock lock(write_mutex_);
  refreshed_ms_ = NowMs();
  struct stat about = {};
  if (fstat(file_, &about) != 0) return SystemError("stat");
  ASSIGN_OR_RETURN(const bool newest, IsNewest());
  if (newest && about.st_size == static_cast<off_t>(records_.bytes()) && !records_.torn()) {
    return absl::OkStatus();
  }
  return LockNewest().status();
}

absl::Status Keyring::RefreshSometimes() const {
  constexpr std::int64_t kEveryMs = 1000;
  std::int64_t last = refreshed_ms_;
  const std::int64_t now = NowMs();
  // One of those who ask does it.
  if (now - last < kEveryMs || !refreshed_ms_.compare_exchange_strong(last, now)) {
    return absl::OkStatus();
  }
  return Refresh();
}

absl::Status Keyring::ReadAppended() const {
  const off_t end = lseek(file_, 0, SEEK_END);
  if (end < 0) return SystemError("seek");
  const auto begin = static_cast<off_t>(records_.bytes());
  if (end < begin) return Damaged("the file has become shorter");
  if (end == begin && !records_.torn()) return absl::OkStatus();
  WipedBuffer content(static_cast<std::size_t>(end - begin));
  RETURN_IF_ERROR(ReadAt(file_, begin, content));
  const absl::Status read = records_.Read(
      content.view(), [this](std::string subject_id, const SubjectKey& key) -> absl::Status {
        MutexLock lock(mutex_);
        if (keys_.try_emplace(std::move(subject_id), key).second) {
          return absl::OkStatus();
        }
        return absl::DataLossError("a second key of one person");
      });
  if (!read.ok()) return Damaged(ToStd(read.message()));
  // Both once and for all: others read them without a lock.
  if (digest_key_ == nullptr) {
    id_ = records_.id();
    digest_key_ = records_.digest_key();
  }
  if (id_ != records_.id()) return Damaged("it was replaced by another one");
  // Whoever appended may have ended before its sync.
  return fdatasync(file_) == 0 ? absl::OkStatus() : SystemError("sync");
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

absl::Status Keyring::CheckNotErased(const std::vector<SubjectKey>& keys) {
  const auto destroyed = [](const SubjectKey& key) {
    return key.key == nullptr && !key.key_id.empty();
  };
  if (std::none_of(keys.begin(), keys.end(), destroyed)) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "PERSON_ERASED",
               "the personal data of this person was erased, and nothing personal can be recorded "
               "of them again under this id: where they come back, register them anew");
}

absl::StatusOr<std::vector<SubjectKey>> Keyring::KeysFor(
    const std::vector<std::string>& subject_ids) {
  for (const std::string& id : subject_ids) {
    if (!IsUuid(id)) {
      return Error(absl::StatusCode::kInvalidArgument, "SUBJECT_INVALID",
                   "a data subject is named by a UUID");
    }
  }
  RETURN_IF_ERROR(RefreshSometimes());
  std::vector<SubjectKey> keys = Known(subject_ids);
  RETURN_IF_ERROR(CheckNotErased(keys));
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
  for (std::size_t from = 0; from < wanted.size(); from += KeyringRecords::kWriteMax) {
    const auto first = wanted.begin() + static_cast<std::ptrdiff_t>(from);
    const std::size_t count = std::min(KeyringRecords::kWriteMax, wanted.size() - from);
    RETURN_IF_ERROR(MakeKeys({first, first + static_cast<std::ptrdiff_t>(count)}));
  }
  keys = Known(subject_ids);
  RETURN_IF_ERROR(CheckNotErased(keys));
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
  ASSIGN_OR_RETURN(const FileLock file_lock, LockNewest());
  const std::vector<SubjectKey> known = Known(subject_ids);
  std::map<std::string, SubjectKey> made;
  for (std::size_t i = 0; i < subject_ids.size(); ++i) {
    if (known[i].key_id.empty()) made.insert({subject_ids[i], {NewKeyId(), NewKey()}});
  }
  if (made.empty()) return absl::OkStatus();
  WipedBuffer bytes(KeyringRecords::WriteBytes(made.size()));
  records_.Write(made, bytes.data());
  const auto end = static_cast<off_t>(records_.bytes());
  // What is torn must not follow what is whole.
  if (records_.torn() && ftruncate(file_, end) != 0) return SystemError("cut a torn write off");
  // A failed write leaves the records as they were: the next attempt reads what is whole of it and
  // cuts the rest.
  RETURN_IF_ERROR(WriteAt(file_, bytes.view(), end));
  records_.Wrote(made.size());
  MutexLock lock(mutex_);
  keys_.merge(made);
  return absl::OkStatus();
}

absl::StatusOr<SubjectKey> Keyring::Find(std::string_view subject_id,
                                         std::string_view key_id) const {
  RETURN_IF_ERROR(RefreshSometimes());
  for (const bool refreshed : {false, true}) {
    if (refreshed) RETURN_IF_ERROR(Refresh());
    MutexLock lock(mutex_);
    const auto found = keys_.find(subject_id);
    if (found == keys_.end() || found->second.key_id != key_id) continue;
    if (found->second.key == nullptr) break;
    return found->second;
  }
  return Error(absl::StatusCode::kNotFound, "KEY_DESTROYED",
               "the key of this person's data is not in the keyring");
}

absl::StatusOr<std::string> Keyring::KeyIdOf(std::string_view subject_id) const {
  RETURN_IF_ERROR(Refresh());
  MutexLock lock(mutex_);
  const auto found = keys_.find(subject_id);
  return found == keys_.end() || found->second.key == nullptr ? "" : found->second.key_id;
}

absl::Status Keyring::Destroy(std::string_view subject_id) {
  MutexLock lock(write_mutex_);
  ASSIGN_OR_RETURN(FileLock file_lock, LockNewest());
  WipedBuffer bytes(records_.bytes());
  RETURN_IF_ERROR(ReadAt(file_, 0, bytes));
  const std::optional<std::size_t> place = records_.Destroy(subject_id, bytes.data());
  if (!place) return absl::OkStatus();
  const std::string replacement = Replacement(path_);
  RETURN_IF_ERROR(WriteNew(replacement, bytes.view()));
  if (rename(replacement.c_str(), path_.c_str()) != 0) return SystemError("replace the file");
  RETURN_IF_ERROR(SyncFolder(path_));
  // What is open is the former file, which nobody can find any more.
  RETURN_IF_ERROR(WriteAt(file_, std::string(SecretKey::kBytes, '\0'), static_cast<off_t>(*place)));
  file_lock.Unlock();
  return LockNewest().status();
}

std::string Keyring::Digest(std::string_view bytes) const {
  std::string digest(crypto_generichash_BYTES, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(digest.data()), digest.size(),
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                     digest_key_->data(), SecretKey::kBytes);
  return digest;
}

}  // namespace mlup::privacy
