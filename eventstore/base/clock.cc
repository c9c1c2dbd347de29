#include "eventstore/base/clock.h"

#include <ctime>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "eventstore/base/diagnostics.h"

namespace mlup {
namespace {

constexpr absl::Duration kStep = absl::Hours(24);

class Uptime final : public Clock {
 public:
  absl::Time Now() const override {
    timespec time = {};
    clock_gettime(CLOCK_BOOTTIME, &time);
    return absl::TimeFromTimespec(time);
  }
};

}  // namespace

absl::Time SystemClock::Now() const { return absl::Now(); }

const Clock& UptimeClock() {
  static const Uptime uptime;
  return uptime;
}

SteadyClock::SteadyClock(const Clock& clock, const Clock& uptime)
    : clock_(clock), uptime_(uptime), ahead_(clock.Now() - uptime.Now()) {}

absl::Time SteadyClock::Now() const {
  const absl::Time uptime = uptime_.Now();
  const absl::Time now = clock_.Now();
  MutexLock lock(mutex_);
  const absl::Duration step = now - uptime - ahead_;
  if (absl::AbsDuration(step) < kStep) {
    ahead_ += step;
    return now;
  }
  if (!told_) {
    told_ = true;
    Tell(absl::StrCat("clock_stepped by=", absl::FormatDuration(step),
                      " because=\"the clock of the machine was set while the program ran: the time "
                      "goes on as before; set the clock right, or restart if it is\""));
  }
  return uptime + ahead_;
}

}  // namespace mlup
