// What clients are told first, whatever they ask it with.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mlup::esdb {

// Clients turn on what this version has.
inline constexpr char kProtocolVersion[] = "26.1.0";

struct Address {
  std::string host;
  std::uint32_t port = 0;
};

// By which a client called: `host`, `host:2113`, `[::1]:2113`. Pure.
Address AddressIn(std::string_view authority);

}  // namespace mlup::esdb
