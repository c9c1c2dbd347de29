// The live subscriptions of a server.
#pragma once

#include <cstddef>
#include <thread>
#include <unordered_set>

#include <grpcpp/support/server_callback.h>

#include "eventstore/base/executor.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/types.h"
#include "eventstore/bus/subscription.h"
#include "eventstore/log/event_log.h"

namespace mlup::log {

class SubscriptionHub;

// One subscription of one client. At any time it is in one of three hands, and only that hand may
// touch it or finish the call: a step on the executor, gRPC while it writes, or the hub where it is
// parked until the log moves on. So a client that does not read costs one page and no thread.
class Subscriber final : public grpc::ServerWriteReactor<pb::SubscribeResponse> {
 public:
  Subscriber(SubscriptionHub& hub, EventLog& log, const pb::SubscribeRequest& request)
      : hub_(hub), subscription_(log, request) {}

  // On the executor: reads and writes the next message, parks, or ends.
  void Step();

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  Position position() const { return subscription_.position(); }

 private:
  SubscriptionHub& hub_;
  Subscription subscription_;
  // The message that gRPC is writing.
  pb::SubscribeResponse message_;
};

// Opens, parks, wakes and ends subscriptions. One thread of its own waits for the log.
//
// Any thread. Borrows `log` and `executor`, which must outlive it; the destructor waits until every
// subscription has ended. At most kSubscriptionsMax at a time.
class SubscriptionHub {
 public:
  SubscriptionHub(EventLog& log, Executor& executor);
  ~SubscriptionHub();

  grpc::ServerWriteReactor<pb::SubscribeResponse>* Open(const pb::SubscribeRequest& request);

  // Ends all with UNAVAILABLE SHUTTING_DOWN and refuses new ones.
  void EndAll();

 private:
  friend class Subscriber;

  // OK while the subscriber may go on.
  absl::Status Admits(const Subscriber& subscriber);
  // Takes a subscriber that has nothing to send until the log moves on.
  void Park(Subscriber& subscriber);
  void Schedule(Subscriber& subscriber);
  void Cancel(Subscriber& subscriber);
  void Remove(Subscriber& subscriber);
  void WakeAllLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Follow();

  EventLog& log_;
  Executor& executor_;

  Mutex mutex_;
  // A subscription was opened or removed, or all are to end.
  Condition changed_;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::unordered_set<const Subscriber*> open_ ABSL_GUARDED_BY(mutex_);
  std::unordered_set<const Subscriber*> cancelled_ ABSL_GUARDED_BY(mutex_);
  std::unordered_set<Subscriber*> parked_ ABSL_GUARDED_BY(mutex_);
  // The head that parked subscribers have seen.
  Position seen_ ABSL_GUARDED_BY(mutex_);

  // Last, so that everything it uses is made before it.
  std::jthread follower_;
};

}  // namespace mlup::log
