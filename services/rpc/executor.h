// A few threads that run requests, so that nothing runs on gRPC's own.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "eventstore/base/clock.h"
#include "eventstore/base/mutex.h"

namespace mlup::rpc {

// Runs jobs in the order they came, on its own threads.
//
// Submit() from any thread. Owns its threads: the destructor runs what is queued, then joins them.
// Borrows `clock`. Refuses when `queue_max` jobs wait.
class Executor {
 public:
  struct Options {
    int threads = 8;
    std::size_t queue_max = 1024;
  };

  Executor(Options options, const Clock& clock);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // False when the queue is full; the job is not run then.
  [[nodiscard]] bool Submit(std::function<void()> job);

  // Jobs that wait: the queue's gauge.
  std::size_t depth() const;

  const Clock& clock() const { return clock_; }

 private:
  void Work();

  const Options options_;
  const Clock& clock_;

  mutable Mutex mutex_;
  Condition changed_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  // Last, so that they start when all else stands.
  std::vector<std::jthread> threads_;
};

}  // namespace mlup::rpc
