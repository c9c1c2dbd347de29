// Whether a host is this machine.
#pragma once

#include <string>
#include <string_view>

#include <arpa/inet.h>

namespace mlup {

// True for `localhost`, `[::1]` and addresses 127.*.*.*; a name that only begins like one is
// another machine.
inline bool IsLoopback(std::string_view host) {
  in_addr address{};
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") && inet_pton(AF_INET, std::string(host).c_str(), &address) == 1);
}

}  // namespace mlup
