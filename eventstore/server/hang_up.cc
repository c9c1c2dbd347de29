// gRPC keeps its sockets to itself; the system shows them.
#include "eventstore/server/hang_up.h"

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace mlup::log {
namespace {

constexpr std::string_view kUnix = "unix:";

// `unix:PATH` or `:PORT`: what a socket is bound to, as the end of an address; empty for others.
std::string BoundTo(int socket) {
  sockaddr_storage bound = {};
  socklen_t size = sizeof bound;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return "";
  if (bound.ss_family == AF_UNIX) {
    return std::string(kUnix) + reinterpret_cast<const sockaddr_un*>(&bound)->sun_path;
  }
  if (bound.ss_family == AF_INET) {
    return ":" + std::to_string(ntohs(reinterpret_cast<const sockaddr_in*>(&bound)->sin_port));
  }
  if (bound.ss_family == AF_INET6) {
    return ":" + std::to_string(ntohs(reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port));
  }
  return "";
}

bool Listens(int socket) {
  int listens = 0;
  socklen_t size = sizeof listens;
  return getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0;
}

// Shuts every socket that is bound to `wanted` and listens, or does not, down in this direction.
void ShutDown(const std::string& wanted, bool listens, int direction) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    // Looked at and shut down through one of our own: gRPC may close its own at any time, and
    // another file may then have its number.
    const int own = fcntl(std::atoi(entry.path().filename().c_str()), F_DUPFD_CLOEXEC, 0);
    if (own < 0) continue;
    if (BoundTo(own) == wanted && Listens(own) == listens) shutdown(own, direction);
    close(own);
  }
}

}  // namespace

void HangUp(const std::string& address) {
  const std::string wanted =
      address.starts_with(kUnix) ? address : address.substr(address.rfind(':'));
  // First nobody comes in any more: a call on a new connection would be cancelled.
  ShutDown(wanted, true, SHUT_RDWR);
  ShutDown(wanted, false, SHUT_WR);
}

}  // namespace mlup::log
