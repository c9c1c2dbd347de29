// UUIDs made of digests.
#include "services/esdb/digest.h"

#include "absl/strings/escaping.h"

#include "eventstore/base/blake2b.h"
#include "services/esdb/names.h"

namespace mlup::esdb {

std::string UuidOf(std::string_view text) {
  std::string digest = Blake2b(text, 16);
  digest[6] = static_cast<char>(0x80 | (digest[6] & 0x0f));
  digest[8] = static_cast<char>(0x80 | (digest[8] & 0x3f));
  return WithHyphens(absl::BytesToHexString(digest));
}

}  // namespace mlup::esdb
