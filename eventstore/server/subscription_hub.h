// The live subscriptions of a server.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_set>
#include <vector>

#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/executor.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/types.h"
#include "eventstore/bus/subscription.h"
#include "eventstore/bus/tail.h"
#include "eventstore/log/event_log.h"
#include "eventstore/server/event_store_service.h"
#include "eventstore/server/stream_call.h"

namespace mlup::log {

class SubscriptionHub;

// One subscription of one client. At any time it is in one of three hands, and only that hand may
// touch it or finish the call: a step on the executor, the queue while it writes, or the hub where
// it is parked until the log moves on. While a message is written the step that wrote it reads the
// next one; whichever is done last goes on. So a client that does not read costs two pages and no
// thread.
class Subscriber final : public StreamReactor {
 public:
  Subscriber(SubscriptionHub& hub, StreamCall& call, Tail& tail,
             const pb::SubscribeRequest& request, std::function<absl::Status()> check)
      : hub_(hub), call_(call), subscription_(tail, request), check_(std::move(check)) {}

  // On the executor: reads and writes the next message, parks, or ends.
  void Step();

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  // For the hub, while it is parked there.
  Subscription& subscription() { return subscription_; }
  // Says where it stands if nothing else is to be said, in the next step.
  void Repeat() { repeat_ = true; }
  absl::Time last_sent() const { return last_sent_; }

 private:
  absl::StatusOr<StoredDelivery> NextMessage();
  void Write(StoredDelivery next);
  // One of the write and the read beside it is done.
  void Done();

  SubscriptionHub& hub_;
  StreamCall& call_;
  Subscription subscription_;
  // Asked in the first step.
  std::function<absl::Status()> check_;
  bool repeat_ = false;
  absl::Time last_sent_;
  // What was read while the message before it was written.
  std::optional<absl::StatusOr<StoredDelivery>> ahead_;
  // Of a write and the read beside it those that are not done.
  std::atomic<int> under_way_ = 0;
  // Whether the last message went out.
  bool written_ = true;
};

// Opens, parks, wakes and ends subscriptions. One thread of its own waits for the log: it reads
// what is new once, and wakes only those subscribers whose filter it fits.
//
// Any thread. Borrows what it is made of, which must outlive it; the destructor waits until every
// subscription has ended. At most kSubscriptionsMax at a time.
class SubscriptionHub {
 public:
  SubscriptionHub(EventLog& log, Executor& executor, const Clock& clock, SubscriptionTimes times);
  ~SubscriptionHub();

  // `check` is asked before the first event is read; it must outlive the hub.
  StreamReactor* Open(StreamCall& call, const ReadCheck& check);

  // Ends all with UNAVAILABLE SHUTTING_DOWN and refuses new ones.
  void EndAll();

 private:
  friend class Subscriber;

  // Makes the subscriber of a call, if it may have one.
  absl::StatusOr<Subscriber*> Enter(StreamCall& call, const ReadCheck& check);
  // OK while the subscriber may go on.
  absl::Status Admits(const Subscriber& subscriber);
  // Takes a subscriber that has nothing to send until the log moves on; false, and it keeps it,
  // when the log has done so already.
  bool TryPark(Subscriber& subscriber);
  void Schedule(Subscriber& subscriber);
  void Cancel(Subscriber& subscriber);
  void Remove(Subscriber& subscriber);
  void WakeAllLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Finds those for whom something is in `fresh`, the records from seen_ to `head`. Gives one of
  // them to the caller to step, which saves it the way over the executor; null when there is none.
  // The others stay parked until WakeTheRest().
  Subscriber* Advance(const std::vector<std::shared_ptr<const SharedRecord>>& fresh, Position head)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Waits for the log once, and wakes whom it concerns.
  Subscriber* FollowOnce(Position seen);
  void WakeTheRest();
  // Wakes those who have heard nothing for too long.
  void WakeTheWaiting() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Follow();

  Tail tail_;
  Executor& executor_;
  const Clock& clock_;
  const SubscriptionTimes times_;

  Mutex mutex_;
  // A subscription was opened or removed, or all are to end.
  Condition changed_;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::unordered_set<const Subscriber*> open_ ABSL_GUARDED_BY(mutex_);
  std::unordered_set<const Subscriber*> cancelled_ ABSL_GUARDED_BY(mutex_);
  std::unordered_set<Subscriber*> parked_ ABSL_GUARDED_BY(mutex_);
  // The head that parked subscribers have seen.
  Position seen_ ABSL_GUARDED_BY(mutex_);
  // Whom the last move of the head concerns; parked, or gone since.
  std::vector<Subscriber*> to_wake_ ABSL_GUARDED_BY(mutex_);

  // Last, so that everything it uses is made before it.
  std::jthread follower_;
};

}  // namespace mlup::log
