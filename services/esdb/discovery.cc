#include "services/esdb/discovery.h"

#include "absl/strings/numbers.h"

#include "eventstore/base/status.h"

namespace mlup::esdb {
namespace {

// What stands in an authority without a port: that of TLS.
constexpr std::uint32_t kPortLeftOut = 443;

}  // namespace

Address AddressIn(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  std::uint32_t port = 0;
  if (colon == std::string_view::npos ||
      !absl::SimpleAtoi(ToAbsl(authority.substr(colon + 1)), &port)) {
    return {std::string(authority), kPortLeftOut};
  }
  return {std::string(authority.substr(0, colon)), port};
}

}  // namespace mlup::esdb
