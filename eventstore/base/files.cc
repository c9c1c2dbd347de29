#include "eventstore/base/files.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <system_error>

#include "absl/strings/str_cat.h"
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "eventstore/base/status.h"

namespace mlup {
namespace {

constexpr std::size_t kZerosBytes = 1 << 20;

// What the person who runs the program can do about it.
std::string_view AdviceFor(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
      return "; give it to the user that this program runs as";
    case EIO:
      return "; the disk fails: copy what is on it, and replace it";
    case EROFS:
      return "; the disk is mounted read-only: see the system's log for why, and mount it again";
    case EMFILE:
    case ENFILE:
      return "; too many files are open: raise the limit (ulimit -n)";
    case EISDIR:
      return "; a folder stands where a file belongs: move it away";
    default:
      return "";
  }
}

absl::Status Failed(std::string_view what, const std::string& path, int error) {
  const std::string message =
      absl::StrCat(ToAbsl(what), " ", path, ": ", std::generic_category().message(error),
                   ToAbsl(AdviceFor(error)));
  // With a name that is too long, or a file among the folders above, nothing can be there.
  if (error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG)
    return Error(absl::StatusCode::kNotFound, "FILE_MISSING", message);
  if (error == ENOSPC || error == EDQUOT) {
    return Error(absl::StatusCode::kResourceExhausted, "DISK_FULL", message);
  }
  return Error(absl::StatusCode::kUnavailable, "FILE_FAILED", message);
}

// Calls again what a signal interrupted.
template <typename Call>
auto Retry(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  const int number_;
};

class SystemFile final : public File {
 public:
  SystemFile(int number, std::string path) : descriptor_(number), path_(std::move(path)) {}

  absl::StatusOr<std::string> Read(std::uint64_t offset, std::size_t count) override {
    std::string bytes(count, '\0');
    std::size_t done = 0;
    while (done < count) {
      const ssize_t got = Retry([&] {
        return pread(descriptor_.number(), bytes.data() + done, count - done,
                     static_cast<off_t>(offset + done));
      });
      if (got < 0) return Failed("cannot read", path_, errno);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
  }

  absl::Status Write(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t put = Retry([&] {
        return pwrite(descriptor_.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      });
      if (put < 0) return Failed("cannot write", path_, errno);
      bytes.remove_prefix(static_cast<std::size_t>(put));
      offset += static_cast<std::uint64_t>(put);
    }
    return absl::OkStatus();
  }

  absl::Status Sync() override {
    if (fdatasync(descriptor_.number()) == 0) return absl::OkStatus();
    return Failed("cannot sync", path_, errno);
  }

  absl::StatusOr<std::uint64_t> Size() override {
    struct stat found = {};
    if (fstat(descriptor_.number(), &found) != 0) return Failed("cannot look at", path_, errno);
    return static_cast<std::uint64_t>(found.st_size);
  }

  absl::Status Occupy(std::uint64_t size) override {
    const int error = posix_fallocate(descriptor_.number(), 0, static_cast<off_t>(size));
    return error == 0 ? absl::OkStatus() : Failed("cannot take the space of", path_, error);
  }

 private:
  const Descriptor descriptor_;
  const std::string path_;
};

class SystemLock final : public FileLock {
 public:
  explicit SystemLock(int number) : descriptor_(number) {}
  int number() const { return descriptor_.number(); }

 private:
  const Descriptor descriptor_;
};

// The name itself, and not what a link leads to.
std::filesystem::file_status LookAt(const std::string& path) {
  std::error_code error;
  return std::filesystem::symlink_status(path, error);
}

class OperatingSystem final : public Files {
 public:
  absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, Mode mode) override {
    // What is written is a file of this name, and never what a link of this name leads to. A new
    // one is nobody else's: one that was there keeps its other names, its mode and its owner.
    if (mode == Mode::kCreate && std::filesystem::is_regular_file(LookAt(path))) {
      RETURN_IF_ERROR(Remove(path));
    }
    const int flags = mode == Mode::kRead    ? O_RDONLY
                      : mode == Mode::kWrite ? O_RDWR | O_NOFOLLOW
                                             : O_RDWR | O_CREAT | O_EXCL;
    const int number = Retry([&] { return open(path.c_str(), flags | O_CLOEXEC, 0600); });
    if (number < 0) return Failed("cannot open", path, errno);
    return std::make_unique<SystemFile>(number, path);
  }

  absl::Status Rename(const std::string& from, const std::string& to) override {
    if (rename(from.c_str(), to.c_str()) == 0) return absl::OkStatus();
    return Failed("cannot rename", from, errno);
  }

  absl::Status Remove(const std::string& path) override {
    if (remove(path.c_str()) == 0) return absl::OkStatus();
    return Failed("cannot remove", path, errno);
  }

  absl::Status MakeFolder(const std::string& path) override {
    if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return absl::OkStatus();
    if (errno != ENOENT || FolderOf(path) == path) return Failed("cannot make", path, errno);
    RETURN_IF_ERROR(MakeFolder(FolderOf(path)));
    if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return absl::OkStatus();
    return Failed("cannot make", path, errno);
  }

  absl::StatusOr<std::vector<std::string>> List(const std::string& folder) override {
    std::error_code error;
    std::vector<std::string> names;
    std::filesystem::directory_iterator entry(folder, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
      names.push_back(entry->path().filename());
    }
    if (error) return Failed("cannot list", folder, error.value());
    std::sort(names.begin(), names.end());
    return names;
  }

  absl::Status SyncFolder(const std::string& folder) override {
    const Descriptor descriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.number() < 0) return Failed("cannot open", folder, errno);
    if (fsync(descriptor.number()) == 0) return absl::OkStatus();
    return Failed("cannot sync", folder, errno);
  }

  std::uint64_t Room(const std::string& folder) override {
    struct statvfs found = {};
    if (statvfs(folder.c_str(), &found) != 0) return Files::Room(folder);
    return static_cast<std::uint64_t>(found.f_bavail) * found.f_frsize;
  }

  absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    const int number = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (number < 0) return Failed("cannot open", path, errno);
    auto lock = std::make_unique<SystemLock>(number);
    if (flock(number, LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno != EWOULDBLOCK) return Failed("cannot lock", path, errno);
    return Error(absl::StatusCode::kFailedPrecondition, "FILE_LOCKED",
                 absl::StrCat(path, " is held by another process"));
  }
};

}  // namespace

absl::Status File::Preallocate(std::uint64_t size) {
  const std::string zeros(kZerosBytes, '\0');
  ASSIGN_OR_RETURN(std::uint64_t offset, Size());
  while (offset < size) {
    const std::size_t count = std::min<std::uint64_t>(kZerosBytes, size - offset);
    RETURN_IF_ERROR(Write(offset, std::string_view(zeros).substr(0, count)));
    offset += count;
  }
  return absl::OkStatus();
}

std::uint64_t Files::Room(const std::string&) { return std::numeric_limits<std::uint64_t>::max(); }

absl::StatusOr<bool> Files::Exists(const std::string& path) {
  const absl::Status opened = Open(path, Mode::kRead).status();
  if (opened.ok() || List(path).ok()) return true;
  if (absl::IsNotFound(opened)) return false;
  return opened;
}

absl::StatusOr<std::string> Files::ReadAll(const std::string& path) {
  ASSIGN_OR_RETURN(const std::unique_ptr<File> file, Open(path, Mode::kRead));
  ASSIGN_OR_RETURN(const std::uint64_t size, file->Size());
  return file->Read(0, size);
}

absl::Status Files::RemoveTree(const std::string& folder) {
  const absl::StatusOr<std::vector<std::string>> names = List(folder);
  if (absl::IsNotFound(names.status())) return absl::OkStatus();
  RETURN_IF_ERROR(names.status());
  for (const std::string& name : *names) {
    const std::string path = absl::StrCat(folder, "/", name);
    RETURN_IF_ERROR(List(path).ok() ? RemoveTree(path) : Remove(path));
  }
  return Remove(folder);
}

absl::Status Files::Replace(const std::string& path, std::string_view content) {
  const std::string fresh = path + ".new";
  // What is left of an earlier time may be anybody's to read.
  absl::Status removed = Remove(fresh);
  if (!removed.ok() && !absl::IsNotFound(removed)) return removed;
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<File> file, Open(fresh, Mode::kCreate));
    RETURN_IF_ERROR(file->Write(0, content));
    RETURN_IF_ERROR(file->Sync());
  }
  RETURN_IF_ERROR(Rename(fresh, path));
  return SyncFolder(FolderOf(path));
}

Files& SystemFiles() {
  static OperatingSystem files;
  return files;
}

std::string FolderOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

}  // namespace mlup
