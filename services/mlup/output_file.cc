#include "services/mlup/output_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "eventstore/base/check.h"
#include "eventstore/base/files.h"
#include "eventstore/base/status.h"

namespace mlup::cli {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

// The name of the file that is being written; empty while there is none. Signals read it.
std::array<char, PATH_MAX> unfinished;

// What a half file holds is for nobody: it goes, and then the program, as without this.
void RemoveAndEnd(int signal) {
  unlink(unfinished.data());
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

// A file of a name that nobody can know before, beside the one that it becomes, and only its
// owner's. Whatever ends it before Become(), also a signal, removes it. One at a time.
class Unfinished {
 public:
  static absl::StatusOr<std::unique_ptr<Unfinished>> Make(const std::string& path) {
    const std::string name = absl::StrCat(FolderOf(path), "/.mlup.XXXXXX");
    if (name.size() >= unfinished.size()) return Failed("cannot make", path, ENAMETOOLONG);
    CHECK(unfinished.front() == '\0');
    auto made = std::unique_ptr<Unfinished>(new Unfinished());
    std::ranges::copy(name, unfinished.begin());
    // The name is filled in before the file is there, so that a signal finds it.
    made->file_ = mkostemp(unfinished.data(), O_CLOEXEC);
    if (made->file_ < 0) return Failed("cannot make a file beside", path, errno);
    return made;
  }

  ~Unfinished() {
    if (file_ >= 0) {
      close(file_);
      unlink(unfinished.data());
    }
    unfinished.fill('\0');
    for (std::size_t i = 0; i < std::size(kSignals); ++i) {
      sigaction(kSignals[i], &before_[i], nullptr);
    }
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  absl::Status Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t put = write(file_, bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return Failed("cannot write", unfinished.data(), errno);
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return absl::OkStatus();
  }

  // Gives it its name, whole and on the disk.
  absl::Status Become(const std::string& path) {
    if (fsync(file_) != 0) return Failed("cannot sync", unfinished.data(), errno);
    if (std::rename(unfinished.data(), path.c_str()) != 0) {
      return Failed("cannot give its name to", path, errno);
    }
    close(std::exchange(file_, -1));
    return SystemFiles().SyncFolder(FolderOf(path));
  }

 private:
  Unfinished() {
    struct sigaction remove = {};
    remove.sa_handler = RemoveAndEnd;
    for (std::size_t i = 0; i < std::size(kSignals); ++i) {
      sigaction(kSignals[i], nullptr, &before_[i]);
      // Whoever ignores a signal, as nohup does, goes on.
      if (before_[i].sa_handler != SIG_IGN) sigaction(kSignals[i], &remove, nullptr);
    }
  }

  static absl::Status Failed(std::string_view what, const std::string& path, int error) {
    const std::string message =
        absl::StrCat(ToAbsl(what), " ", path, ": ", std::generic_category().message(error));
    if (error == ENOSPC || error == EDQUOT) {
      return Error(absl::StatusCode::kResourceExhausted, "DISK_FULL", message);
    }
    if (error == ENOENT || error == ENOTDIR) {
      return Error(absl::StatusCode::kNotFound, "FILE_MISSING", message);
    }
    return Error(absl::StatusCode::kUnavailable, "FILE_FAILED", message);
  }

  int file_ = -1;
  std::array<struct sigaction, std::size(kSignals)> before_ = {};
};

}  // namespace

absl::StatusOr<std::string> WriteOutput(
    const std::string& path, const std::function<absl::Status(const TakePiece& take)>& fetch) {
  std::error_code error;
  const auto found = std::filesystem::symlink_status(path, error);
  if (std::filesystem::exists(found) && !std::filesystem::is_regular_file(found)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "OUTPUT_NOT_A_FILE", "-o",
                      absl::StrCat(path, " is a link, a folder or a device: name a file"));
  }
  ASSIGN_OR_RETURN(const auto file, Unfinished::Make(path));
  std::string bytes;
  absl::Status written;
  const absl::Status fetched = fetch([&](const std::string& piece) {
    written = file->Write(piece);
    bytes += piece;
    return written.ok();
  });
  RETURN_IF_ERROR(written);
  RETURN_IF_ERROR(fetched);
  RETURN_IF_ERROR(file->Become(path));
  return bytes;
}

}  // namespace mlup::cli
