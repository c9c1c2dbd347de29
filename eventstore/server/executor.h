// Runs work on a few threads of its own.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "eventstore/base/mutex.h"

namespace mlup::log {

// A fixed number of threads and one queue.
//
// Any thread may give work, but not once destruction has begun. Owns its threads. The destructor
// runs what is queued, then stops.
class Executor {
 public:
  Executor(std::size_t threads, std::size_t queue_max);
  ~Executor();

  // Queues work; false when `queue_max` pieces wait already.
  [[nodiscard]] bool TryRun(std::function<void()> work);

  // Queues work that its giver bounds: at most one piece for each of a bounded number of owners.
  void Run(std::function<void()> work);

 private:
  void Work();

  const std::size_t queue_max_;

  Mutex mutex_;
  Condition arrived_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;

  // Last, so that everything they use is made before them.
  std::vector<std::jthread> threads_;
};

}  // namespace mlup::log
