// Wakes what waits for the log to go on.
#pragma once

#include <thread>
#include <unordered_set>

#include "eventstore/base/mutex.h"
#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"

namespace mlup::esdb {

// Who waits.
class Waiter {
 public:
  virtual ~Waiter() = default;
  // There may be something to do; must not block, nor call the watch.
  virtual void Wake() = 0;
  // Its caller has left: it need not wait. Any thread.
  virtual bool HasLeft() const = 0;
};

// Holds waiters until the log moves, the caller leaves, or all is to end. A waiter is in the hands
// of the watch between Park() and Wake(), and nobody else's.
//
// Any thread. Owns one thread that follows the log; borrows the log and the waiters. Bounded by who
// makes waiters.
class HeadWatch {
 public:
  explicit HeadWatch(log::EventLog& log);
  ~HeadWatch();
  HeadWatch(const HeadWatch&) = delete;
  HeadWatch& operator=(const HeadWatch&) = delete;

  // Wakes `waiter` once: at once when the log is past `seen`, its caller has left or
  // all is to end.
  void Park(Waiter& waiter, Position seen);
  // Wakes it if it is parked.
  void Wake(Waiter& waiter);
  // Wakes all, now and whenever they park.
  void End();

 private:
  void WakeAllLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Follow();

  log::EventLog& log_;

  Mutex mutex_;
  Condition changed_;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::unordered_set<Waiter*> parked_ ABSL_GUARDED_BY(mutex_);
  Position head_ ABSL_GUARDED_BY(mutex_);

  // Last, so that everything it uses is made before it.
  std::jthread follower_;
};

}  // namespace mlup::esdb
