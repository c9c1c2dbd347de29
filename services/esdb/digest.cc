// Digests by libsodium.
#include "services/esdb/digest.h"

#include "absl/strings/escaping.h"
#include <sodium.h>

#include "eventstore/base/check.h"
#include "services/esdb/names.h"

namespace mlup::esdb {

std::string Digest(std::string_view text, std::size_t bytes) {
  std::string digest(bytes, '\0');
  CHECK(crypto_generichash(reinterpret_cast<unsigned char*>(digest.data()), bytes,
                           reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                           nullptr, 0) == 0);
  return digest;
}

std::string UuidOf(std::string_view text) {
  std::string digest = Digest(text, 16);
  digest[6] = static_cast<char>(0x80 | (digest[6] & 0x0f));
  digest[8] = static_cast<char>(0x80 | (digest[8] & 0x3f));
  return WithHyphens(absl::BytesToHexString(digest));
}

}  // namespace mlup::esdb
