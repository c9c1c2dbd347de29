// The threads that run requests, so that nothing runs on gRPC's own, and the clock that times them.
#pragma once

#include <cstddef>

#include "eventstore/base/clock.h"
#include "eventstore/base/executor.h"

namespace mlup::rpc {

// Work and threads as in mlup::Executor. Borrows `clock`.
class Executor : public mlup::Executor {
 public:
  struct Options {
    std::size_t threads = 8;
    std::size_t queue_max = 1024;
  };

  Executor(Options options, const Clock& clock)
      : mlup::Executor({"mlup-rpc", options.threads, options.queue_max}), clock_(clock) {}

  const Clock& clock() const { return clock_; }

 private:
  const Clock& clock_;
};

}  // namespace mlup::rpc
