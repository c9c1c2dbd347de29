// One thread follows the log for all who wait.
#include "services/esdb/head_watch.h"

#include <algorithm>

#include "absl/time/time.h"
#include <pthread.h>

#include "eventstore/base/status.h"

namespace mlup::esdb {
namespace {

// How long the follower may take to notice that it should stop.
constexpr absl::Duration kWait = absl::Milliseconds(200);

}  // namespace

HeadWatch::HeadWatch(log::EventLog& log) : log_(log), follower_([this] { Follow(); }) {}

HeadWatch::~HeadWatch() { End(); }

void HeadWatch::Park(Waiter& waiter, Position seen) {
  MutexLock lock(mutex_);
  if (ending_ || head_ > seen || waiter.HasLeft()) {
    waiter.Wake();
    return;
  }
  parked_.insert(&waiter);
  changed_.NotifyAll();
}

void HeadWatch::Wake(Waiter& waiter) {
  MutexLock lock(mutex_);
  if (parked_.erase(&waiter) > 0) waiter.Wake();
}

void HeadWatch::End() {
  MutexLock lock(mutex_);
  ending_ = true;
  WakeAllLocked();
  changed_.NotifyAll();
}

void HeadWatch::WakeAllLocked() {
  for (Waiter* waiter : parked_) waiter->Wake();
  parked_.clear();
}

void HeadWatch::Follow() {
  pthread_setname_np(pthread_self(), "mlup-esdb-head");
  while (true) {
    Position seen;
    {
      MutexLock lock(mutex_);
      while (parked_.empty() && !ending_) changed_.Wait(mutex_);
      if (ending_) return;
      seen = head_;
    }
    const absl::StatusOr<Position> head = log_.WaitPast(seen, kWait);
    MutexLock lock(mutex_);
    if (!head.ok()) {
      // Each waiter learns of the error from its own reads.
      WakeAllLocked();
      if (!ending_) changed_.WaitFor(mutex_, absl::ToChronoMilliseconds(kWait));
    } else if (*head > head_) {
      head_ = *head;
      WakeAllLocked();
    }
  }
}

}  // namespace mlup::esdb
