// The threads that run requests, so that nothing runs on gRPC's own, the clock that times them, and
// the gate and the door through which they come.
#pragma once

#include <cstddef>

#include "eventstore/base/clock.h"
#include "eventstore/base/executor.h"
#include "eventstore/server/call_door.h"
#include "eventstore/server/call_gate.h"

namespace mlup::rpc {

// Work and threads as in mlup::Executor. Borrows `clock` and the door.
class Executor : public mlup::Executor {
 public:
  struct Options {
    std::size_t threads = 8;
    std::size_t queue_max = 1024;
  };

  Executor(Options options, const Clock& clock)
      : mlup::Executor({"mlup-rpc", options.threads, options.queue_max}), clock_(clock) {}

  const Clock& clock() const { return clock_; }
  log::CallGate& gate() { return gate_; }

  // Before any call comes; without it everybody is let in.
  void Guard(log::CallDoor& door) { door_ = &door; }
  log::CallDoor* door() const { return door_; }

 private:
  const Clock& clock_;
  log::CallGate gate_;
  log::CallDoor* door_ = nullptr;
};

}  // namespace mlup::rpc
