// The only source of time. Production wires SystemClock; tests and simulations a ManualClock.
#pragma once

#include "absl/time/time.h"

#include "eventstore/base/mutex.h"

namespace mlup {

// Any thread may call Now().
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override;
};

// The time since the machine began, as a time after 1970; it goes on in a suspended machine, and
// nobody sets it.
const Clock& UptimeClock();

// Another clock's time as long as that goes like `uptime`. A step of a day and more while the
// program runs is a mistake that would stay in what is recorded: the time then goes on from before
// it, and that is told once. A program started afterwards asks whether the new time is right
// (clock_rules.h). Any thread. Borrows both.
class SteadyClock final : public Clock {
 public:
  SteadyClock(const Clock& clock, const Clock& uptime);
  absl::Time Now() const override;

 private:
  const Clock& clock_;
  const Clock& uptime_;
  mutable Mutex mutex_;
  // What the clock had more than `uptime` when it was last believed.
  mutable absl::Duration ahead_ ABSL_GUARDED_BY(mutex_);
  mutable bool told_ ABSL_GUARDED_BY(mutex_) = false;
};

// Stands still until told to move. Any thread.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(absl::Time start) : now_(start) {}

  absl::Time Now() const override {
    MutexLock lock(mutex_);
    return now_;
  }
  void Set(absl::Time now) {
    MutexLock lock(mutex_);
    now_ = now;
  }
  void Advance(absl::Duration step) {
    MutexLock lock(mutex_);
    now_ += step;
  }

 private:
  mutable Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup
