// Which protocol a caller speaks, from the first bytes of its connection.
#pragma once

#include <cstddef>
#include <string_view>

namespace mlup::gateway {

enum class Spoken {
  // Too little has arrived.
  kNotKnownYet,
  kHttp1,
  kHttp2,
};

// More than this is needed by nobody who is understood.
inline constexpr std::size_t kFirstWordsMax = 16 << 10;

// In the clear: HTTP/2 begins with its preface. Pure.
Spoken SpokenInClear(std::string_view first);

// In TLS: HTTP/2 stands in the protocols (ALPN) of the first message, which is not encrypted. One
// that goes on in another record counts as HTTP/2. Pure.
Spoken SpokenInTls(std::string_view first);

}  // namespace mlup::gateway
