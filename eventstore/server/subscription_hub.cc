#include "eventstore/server/subscription_hub.h"

#include <chrono>
#include <utility>

#include "absl/time/time.h"
#include <pthread.h>

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/client/grpc_status.h"
#include "eventstore/log/read_rules.h"

namespace mlup::log {
namespace {

// How long the follower may take to notice that it should stop.
constexpr absl::Duration kFollowerWait = absl::Milliseconds(200);

absl::Status ShuttingDown() {
  return Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "the server is shutting down");
}

// A call that is refused before it begins.
class Refused final : public grpc::ServerWriteReactor<pb::SubscribeResponse> {
 public:
  explicit Refused(const absl::Status& status) { Finish(ToGrpc(status)); }
  void OnDone() override { delete this; }
};

}  // namespace

void Subscriber::Step() {
  if (const absl::Status status = hub_.Admits(*this); !status.ok()) {
    Finish(ToGrpc(status));
    return;
  }
  absl::StatusOr<pb::SubscribeResponse> next = subscription_.Next(absl::ZeroDuration());
  if (!next.ok()) {
    Finish(ToGrpc(next.status()));
  } else if (next->kind_case() == pb::SubscribeResponse::KIND_NOT_SET) {
    hub_.Park(*this);
  } else {
    message_ = *std::move(next);
    StartWrite(&message_);
  }
}

void Subscriber::OnWriteDone(bool ok) {
  message_.Clear();
  if (ok) {
    hub_.Schedule(*this);
  } else {
    Finish(grpc::Status::CANCELLED);
  }
}

void Subscriber::OnCancel() { hub_.Cancel(*this); }

void Subscriber::OnDone() {
  hub_.Remove(*this);
  delete this;
}

SubscriptionHub::SubscriptionHub(EventLog& log, Executor& executor)
    : log_(log), executor_(executor), follower_([this] { Follow(); }) {}

SubscriptionHub::~SubscriptionHub() {
  EndAll();
  MutexLock lock(mutex_);
  while (!open_.empty()) changed_.Wait(mutex_);
}

grpc::ServerWriteReactor<pb::SubscribeResponse>* SubscriptionHub::Open(
    const pb::SubscribeRequest& request) {
  if (const absl::Status status = CheckFilter(request.filter()); !status.ok()) {
    return new Refused(status);
  }
  MutexLock lock(mutex_);
  if (ending_) return new Refused(ShuttingDown());
  if (open_.size() >= kSubscriptionsMax) {
    return new Refused(Error(absl::StatusCode::kResourceExhausted, "SUBSCRIPTIONS_FULL",
                             "too many subscriptions are open"));
  }
  // Deletes itself when gRPC is done with it.
  auto* subscriber = new Subscriber(*this, log_, request);
  open_.insert(subscriber);
  changed_.NotifyAll();
  Schedule(*subscriber);
  return subscriber;
}

absl::Status SubscriptionHub::Admits(const Subscriber& subscriber) {
  MutexLock lock(mutex_);
  if (ending_) return ShuttingDown();
  if (cancelled_.count(&subscriber) > 0) return absl::CancelledError("the caller has gone");
  return absl::OkStatus();
}

void SubscriptionHub::Park(Subscriber& subscriber) {
  MutexLock lock(mutex_);
  const bool stale = seen_ > subscriber.position() || ending_ || cancelled_.count(&subscriber) > 0;
  if (stale) {
    Schedule(subscriber);
  } else {
    parked_.insert(&subscriber);
  }
}

void SubscriptionHub::Schedule(Subscriber& subscriber) {
  executor_.Run([&subscriber] { subscriber.Step(); });
}

void SubscriptionHub::Cancel(Subscriber& subscriber) {
  MutexLock lock(mutex_);
  cancelled_.insert(&subscriber);
  if (parked_.erase(&subscriber) > 0) Schedule(subscriber);
}

void SubscriptionHub::Remove(Subscriber& subscriber) {
  MutexLock lock(mutex_);
  open_.erase(&subscriber);
  cancelled_.erase(&subscriber);
  changed_.NotifyAll();
}

void SubscriptionHub::WakeAllLocked() {
  for (Subscriber* subscriber : parked_) Schedule(*subscriber);
  parked_.clear();
}

void SubscriptionHub::EndAll() {
  MutexLock lock(mutex_);
  ending_ = true;
  WakeAllLocked();
  changed_.NotifyAll();
}

void SubscriptionHub::Follow() {
  pthread_setname_np(pthread_self(), "mlup-log-follow");
  while (true) {
    Position seen;
    {
      MutexLock lock(mutex_);
      while (open_.empty() && !ending_) changed_.Wait(mutex_);
      if (ending_) return;
      seen = seen_;
    }
    const absl::StatusOr<Position> head = log_.WaitPast(seen, kFollowerWait);
    MutexLock lock(mutex_);
    if (!head.ok()) {
      // Each subscriber learns of the error from its own reads.
      WakeAllLocked();
      if (!ending_) changed_.WaitFor(mutex_, absl::ToChronoMilliseconds(kFollowerWait));
    } else if (*head > seen_) {
      seen_ = *head;
      WakeAllLocked();
    }
  }
}

}  // namespace mlup::log
