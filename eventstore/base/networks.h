// Addresses of machines, and the networks they are in.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sys/socket.h>

namespace mlup {

// 16 bytes; one of version 4 is mapped into version 6, `::ffff:10.0.0.1`.
using IpAddress = std::array<std::uint8_t, 16>;

// Nothing for what is no address, names of machines among them. An address of version 6 may stand
// in brackets, as in a URL.
std::optional<IpAddress> ParseAddress(std::string_view text);
// Nothing for other families, such as Unix sockets.
std::optional<IpAddress> AddressOf(const sockaddr& address);
// `10.0.0.1`, `fd00::1`.
std::string ToString(const IpAddress& address);

// The addresses that begin with the same bits.
class Network {
 public:
  // `10.0.0.0/8`, `fd00::/8`, or one address. Nothing for what is none, or has bits after its own.
  static std::optional<Network> Parse(std::string_view text);

  bool Has(const IpAddress& address) const;

 private:
  Network(IpAddress first, int bits) : first_(first), bits_(bits) {}

  IpAddress first_;
  int bits_;
};

// Whether the Internet leads there: no loopback, link-local, private, shared, reserved or multicast
// address (the IANA registries of special-purpose addresses), nor one of these inside an address
// that is translated (NAT64, 6to4).
bool IsPublic(const IpAddress& address);

}  // namespace mlup
