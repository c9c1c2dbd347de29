// Destroying what nobody needs any more without anybody waiting for it.
#pragma once

#include <deque>
#include <memory>
#include <stop_token>
#include <thread>

#include "eventstore/base/mutex.h"

namespace mlup {

// Lets go of large objects on a thread of its own, in the background. Any thread.
class Discard {
 public:
  Discard();
  ~Discard();
  Discard(const Discard&) = delete;
  Discard& operator=(const Discard&) = delete;

  // Returns at once, but where several wait already: then `what` is let go of first.
  void Take(std::shared_ptr<const void> what);

 private:
  void Run(const std::stop_token& stop);

  Mutex mutex_;
  Condition changed_;
  std::deque<std::shared_ptr<const void>> waiting_ ABSL_GUARDED_BY(mutex_);

  std::jthread thread_;
};

}  // namespace mlup
