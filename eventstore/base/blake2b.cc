// BLAKE2b by libsodium.
#include "eventstore/base/blake2b.h"

#include <sodium.h>

#include "eventstore/base/bytes.h"
#include "eventstore/base/check.h"

namespace mlup {

std::string Blake2b(std::string_view bytes, std::size_t size) {
  std::string digest(size, '\0');
  CHECK(crypto_generichash(reinterpret_cast<unsigned char*>(digest.data()), size, AsBytes(bytes),
                           bytes.size(), nullptr, 0) == 0);
  return digest;
}

}  // namespace mlup
