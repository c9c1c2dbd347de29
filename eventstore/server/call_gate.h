// Whether calls may still begin, and how many have not ended.
#pragma once

#include <atomic>
#include <cstddef>

#include "absl/time/time.h"

#include "eventstore/base/mutex.h"

namespace mlup::log {

// A server that ends closes it: whoever comes then is refused in words, and whoever is inside is
// answered before the connections go. Any thread.
class CallGate {
 public:
  // A call has one from its beginning until gRPC is done with it, so that its answer has left.
  class Pass {
   public:
    explicit Pass(CallGate& gate) : gate_(gate), admitted_(gate.Enter()) {}
    ~Pass() { --gate_.inside_; }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

    // False where it must be refused.
    bool admitted() const { return admitted_; }

   private:
    CallGate& gate_;
    const bool admitted_;
  };

  CallGate() = default;
  CallGate(const CallGate&) = delete;
  CallGate& operator=(const CallGate&) = delete;

  void Close() { closed_ = true; }

  // Waits until nobody is inside, but not longer than `patience`.
  void WaitUntilEmpty(absl::Duration patience) {
    constexpr absl::Duration kLook = absl::Milliseconds(5);
    MutexLock lock(mutex_);
    for (; inside_ > 0 && patience > absl::ZeroDuration(); patience -= kLook) {
      looks_.WaitFor(mutex_, absl::ToChronoMilliseconds(kLook));
    }
  }

 private:
  bool Enter() {
    // Before it looks: who closes the gate and then finds nobody inside has seen everybody.
    ++inside_;
    return !closed_;
  }

  std::atomic<bool> closed_ = false;
  std::atomic<std::size_t> inside_ = 0;
  // Nobody is told: a call that ends must not pay for it.
  Mutex mutex_;
  Condition looks_;
};

}  // namespace mlup::log
