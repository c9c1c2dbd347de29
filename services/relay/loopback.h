// Whether a host is this machine.
#pragma once

#include <string>

#include <arpa/inet.h>

namespace mlup::relay {

// True for `localhost`, `[::1]` and addresses 127.*.*.*; a name that only begins like one is
// another machine.
inline bool IsLoopback(const std::string& host) {
  in_addr address{};
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") && inet_pton(AF_INET, host.c_str(), &address) == 1);
}

}  // namespace mlup::relay
