#include "eventstore/base/random.h"

#include <sys/random.h>

#include "eventstore/base/bytes.h"
#include "eventstore/base/check.h"

namespace mlup {

std::uint64_t SystemRandom::Next() {
  std::uint64_t value = 0;
  CHECK(getrandom(&value, sizeof(value), 0) == static_cast<ssize_t>(sizeof(value)));
  return value;
}

std::string RandomBytes(Random& random, std::size_t count) {
  std::string bytes;
  bytes.reserve(count + sizeof(std::uint64_t));
  while (bytes.size() < count) bytes += BigEndian(random.Next());
  bytes.resize(count);
  return bytes;
}

}  // namespace mlup
