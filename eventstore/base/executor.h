// A few threads that run work given by others.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "eventstore/base/mutex.h"

namespace mlup {

// Runs work in the order it came, on its own threads.
//
// Any thread may give work, but not once destruction has begun. Owns its threads; the destructor
// runs what is queued, then joins them. Refuses when `queue_max` pieces wait.
class Executor {
 public:
  struct Options {
    // As `ps -L` shows the threads; at most 15 characters.
    std::string thread_name;
    std::size_t threads = 8;
    std::size_t queue_max = 1024;
  };

  explicit Executor(Options options);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Queues work; false when the queue is full: the work is not run then.
  [[nodiscard]] bool TryRun(std::function<void()> work);

  // Queues work that its giver bounds: at most one piece for each of a bounded number of owners.
  void Run(std::function<void()> work);

  // Work that waits: the queue's gauge.
  std::size_t depth() const;

 private:
  void Work();

  const Options options_;

  mutable Mutex mutex_;
  Condition arrived_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;

  // Last, so that everything they use is made before them.
  std::vector<std::jthread> threads_;
};

}  // namespace mlup
