#include "eventstore/base/unix_socket.h"

#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

#include "absl/strings/str_cat.h"
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "eventstore/base/status.h"

namespace mlup {
namespace {

absl::Status Failed(const std::string& path, std::string_view words) {
  return Error(absl::StatusCode::kUnavailable, "SOCKET_FAILED",
               absl::StrCat("cannot listen on ", path, ": ", ToAbsl(words)));
}

}  // namespace

void RemoveSocket(const std::string& path) {
  struct stat there = {};
  if (lstat(path.c_str(), &there) == 0 && S_ISSOCK(there.st_mode)) unlink(path.c_str());
}

absl::StatusOr<int> ListenAtPath(const std::string& path, mode_t mode) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return Failed(path, absl::StrCat("a path has 1 to ", sizeof(address.sun_path) - 1, " bytes"));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  RemoveSocket(path);
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // Nobody connects before it listens.
  if (descriptor >= 0 &&
      bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
      chmod(path.c_str(), mode) == 0 && listen(descriptor, SOMAXCONN) == 0) {
    return descriptor;
  }
  const int error = errno;
  if (descriptor >= 0) close(descriptor);
  return Failed(path, std::generic_category().message(error));
}

}  // namespace mlup
