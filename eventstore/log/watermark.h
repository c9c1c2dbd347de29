// The last durable position, and waiting for it to move.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "absl/time/time.h"

#include "eventstore/base/check.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/types.h"

namespace mlup::log {

// Everything up to the watermark is durable and visible; nothing past it is shown to anybody.
// One thread at a time advances it; any thread may read it or wait.
class Watermark {
 public:
  Position Get() const { return {position_.load(std::memory_order_acquire)}; }

  // Only ever forward.
  void Advance(Position position) {
    {
      MutexLock lock(mutex_);
      CHECK(Get() <= position);
      position_.store(position.value, std::memory_order_release);
    }
    moved_.NotifyAll();
  }

  // Returns the watermark once it is past `position`, or after `timeout` (at most an hour), or when
  // the system wakes us for nothing.
  Position WaitPast(Position position, absl::Duration timeout) {
    timeout = std::clamp(timeout, absl::ZeroDuration(), absl::Hours(1));
    MutexLock lock(mutex_);
    if (Get() <= position) moved_.WaitFor(mutex_, absl::ToChronoNanoseconds(timeout));
    return Get();
  }

 private:
  Mutex mutex_;
  Condition moved_;
  // Written under the mutex so that no waiter misses it; read without.
  std::atomic<std::uint64_t> position_ = 0;
};

}  // namespace mlup::log
