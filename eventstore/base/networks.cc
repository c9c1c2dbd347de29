#include "eventstore/base/networks.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <vector>

#include "absl/strings/numbers.h"
#include <arpa/inet.h>
#include <netinet/in.h>

#include "eventstore/base/bytes.h"
#include "eventstore/base/check.h"
#include "eventstore/base/status.h"

namespace mlup {
namespace {

constexpr IpAddress kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t kMappedBytes = 12;
constexpr int kMappedBits = 8 * kMappedBytes;

IpAddress Mapped(const void* four_bytes) {
  IpAddress address = kMapped;
  std::memcpy(address.data() + kMappedBytes, four_bytes, 4);
  return address;
}

bool IsVersion4(const IpAddress& address) {
  return std::equal(address.begin(), address.begin() + kMappedBytes, kMapped.begin());
}

std::vector<Network> Networks(std::initializer_list<std::string_view> texts) {
  std::vector<Network> networks;
  for (const std::string_view text : texts) {
    const std::optional<Network> network = Network::Parse(text);
    CHECK(network.has_value());
    networks.push_back(*network);
  }
  return networks;
}

bool AnyHas(const std::vector<Network>& networks, const IpAddress& address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Network& network) { return network.Has(address); });
}

bool IsPublicVersion4(const IpAddress& address) {
  static const std::vector<Network> inside = Networks(
      {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
       "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
       "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"});
  return !AnyHas(inside, address);
}

}  // namespace

std::optional<IpAddress> ParseAddress(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
  }
  const std::string terminated(text);
  in_addr four{};
  if (inet_pton(AF_INET, terminated.c_str(), &four) == 1) return Mapped(&four);
  IpAddress six;
  if (inet_pton(AF_INET6, terminated.c_str(), six.data()) == 1) return six;
  return std::nullopt;
}

std::optional<IpAddress> AddressOf(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &address, sizeof(four));
    return Mapped(&four.sin_addr);
  }
  if (address.sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 six{};
  std::memcpy(&six, &address, sizeof(six));
  IpAddress bytes;
  std::memcpy(bytes.data(), &six.sin6_addr, bytes.size());
  return bytes;
}

std::string ToString(const IpAddress& address) {
  char text[INET6_ADDRSTRLEN] = {};
  const bool four = IsVersion4(address);
  inet_ntop(four ? AF_INET : AF_INET6, address.data() + (four ? kMappedBytes : 0), text,
            sizeof(text));
  return text;
}

std::optional<Network> Network::Parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<IpAddress> first = ParseAddress(text.substr(0, slash));
  if (!first.has_value()) return std::nullopt;
  const int before = IsVersion4(*first) ? kMappedBits : 0;
  int bits = 128 - before;
  if (slash != std::string_view::npos) {
    const std::string_view length = text.substr(slash + 1);
    const bool digits = !length.empty() && length.size() <= 3 &&
                        length.find_first_not_of("0123456789") == std::string_view::npos;
    int given = 0;
    if (!digits || !absl::SimpleAtoi(ToAbsl(length), &given) || given > bits) return std::nullopt;
    bits = given;
  }
  const Network network(*first, before + bits);
  // The first address of the network, so that nobody means another one.
  for (int bit = before + bits; bit < 128; ++bit) {
    if (((*first)[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8)) & 1) return std::nullopt;
  }
  return network;
}

bool Network::Has(const IpAddress& address) const {
  const auto whole = static_cast<std::size_t>(bits_ / 8);
  if (!std::equal(first_.begin(), first_.begin() + static_cast<std::ptrdiff_t>(whole),
                  address.begin())) {
    return false;
  }
  const int rest = bits_ % 8;
  return rest == 0 || (first_[whole] ^ address[whole]) >> (8 - rest) == 0;
}

bool IsPublic(const IpAddress& address) {
  if (IsVersion4(address)) return IsPublicVersion4(address);
  static const std::vector<Network> translated = Networks({"64:ff9b::/96"});
  static const std::vector<Network> six_to_four = Networks({"2002::/16"});
  if (AnyHas(translated, address)) return IsPublicVersion4(Mapped(address.data() + kMappedBytes));
  if (AnyHas(six_to_four, address)) return IsPublicVersion4(Mapped(address.data() + 2));
  // What is not handed out to anybody leads nowhere.
  static const std::vector<Network> handed_out = Networks({"2000::/3"});
  static const std::vector<Network> inside = Networks({"2001::/23", "2001:db8::/32", "3fff::/20"});
  return AnyHas(handed_out, address) && !AnyHas(inside, address);
}

}  // namespace mlup
