#include "eventstore/base/random.h"

#include <sys/random.h>

#include "eventstore/base/check.h"

namespace mlup {

std::uint64_t SystemRandom::Next() {
  std::uint64_t value = 0;
  CHECK(getrandom(&value, sizeof(value), 0) == static_cast<ssize_t>(sizeof(value)));
  return value;
}

}  // namespace mlup
