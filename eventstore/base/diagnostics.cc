#include "eventstore/base/diagnostics.h"

#include <cerrno>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"

namespace mlup {
namespace {

// What a pipe takes whole or not at all.
constexpr std::size_t kLineBytesMax = 4096;

}  // namespace

namespace internal {

LineSink::LineSink(int descriptor) : descriptor_(descriptor) {
  struct stat about = {};
  if (fstat(descriptor, &about) != 0) return;
  device_ = about.st_dev;
  inode_ = about.st_ino;
  is_socket_ = S_ISSOCK(about.st_mode);
  // A file keeps its place in the file, and does not wait for a reader.
  if (!S_ISFIFO(about.st_mode) && !S_ISCHR(about.st_mode)) return;
  const std::string path = absl::StrCat("/proc/self/fd/", descriptor);
  reopened_ = open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  must_ask_ = reopened_ < 0;
}

bool LineSink::IsCurrent() const {
  struct stat about = {};
  return fstat(descriptor_, &about) == 0 && about.st_dev == device_ && about.st_ino == inode_;
}

LineSink::~LineSink() {
  if (reopened_ >= 0) close(reopened_);
}

bool LineSink::TryWrite(std::string_view bytes) {
  const int descriptor = reopened_ >= 0 ? reopened_ : descriptor_;
  while (!bytes.empty()) {
    pollfd room = {descriptor, POLLOUT, 0};
    if (must_ask_ && (poll(&room, 1, 0) != 1 || room.revents != POLLOUT)) return false;
    const ssize_t put =
        is_socket_ ? send(descriptor, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                   : write(descriptor, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
    broken_ = !bytes.empty();
  }
  return true;
}

void LineSink::Write(std::string_view line) {
  if (broken_ && !TryWrite("\n")) {
    ++dropped_;
    return;
  }
  broken_ = false;
  if (dropped_ > told_) {
    const std::string words = absl::StrCat("diagnostics_dropped lines=", dropped_ - told_,
                                           " because=\"nobody read standard error\"\n");
    if (!TryWrite(words)) {
      ++dropped_;
      return;
    }
    told_ = dropped_;
  }
  if (!TryWrite(absl::StrCat(ToAbsl(line.substr(0, kLineBytesMax - 1)), "\n"))) ++dropped_;
}

}  // namespace internal

void Tell(std::string_view line) {
  static Mutex mutex;
  // Never destroyed: threads may still have something to tell while the program ends.
  static auto& sink = *new std::unique_ptr<internal::LineSink>;
  MutexLock lock(mutex);
  if (sink == nullptr || !sink->IsCurrent()) {
    sink = std::make_unique<internal::LineSink>(STDERR_FILENO);
  }
  sink->Write(line);
}

}  // namespace mlup
