#include "eventstore/base/clock.h"

#include "absl/time/clock.h"

namespace mlup {

absl::Time SystemClock::Now() const { return absl::Now(); }

}  // namespace mlup
