// Three hands that pass subscribers on to each other.
#include "eventstore/server/subscription_hub.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/time/time.h"
#include <pthread.h>

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/log/read_rules.h"
#include "eventstore/server/read_bytes.h"
#include "eventstore/server/unary_call.h"

namespace mlup::log {
namespace {

// How long the follower may take to notice that it should stop, or that somebody waits.
constexpr absl::Duration kFollowerWait = absl::Milliseconds(100);
// So many subscribers are woken at once, and the next ones a little later for each of them: many
// followers get few large messages instead of many small ones, and an append never waits for all of
// them.
constexpr std::size_t kWokenAtOnce = 4;
constexpr absl::Duration kWakeSpacing = absl::Microseconds(300);
// All together are not put off for longer.
constexpr absl::Duration kWakeRoundMax = absl::Milliseconds(50);
// New records that are compared with the filters of all who are parked; when more came, all read.
constexpr std::size_t kComparedMax = 64;

}  // namespace

void Subscriber::Step() {
  absl::Status status = hub_.Admits(*this);
  if (!written_) status = absl::CancelledError("the caller has gone");
  if (status.ok() && check_) status = std::exchange(check_, {})();
  if (!status.ok()) {
    call_.Finish(status);
    return;
  }
  // Mostly nothing came while the last message was written: then the log is not asked.
  if (!repeat_ && !ahead_ && subscription_.idle() && hub_.TryPark(*this)) return;
  absl::StatusOr<StoredDelivery> next = NextMessage();
  if (!next.ok()) {
    call_.Finish(next.status());
  } else if (next->is_silent()) {
    if (!hub_.TryPark(*this)) hub_.Schedule(*this);
  } else {
    Write(*std::move(next));
  }
}

void Subscriber::Write(StoredDelivery next) {
  last_sent_ = hub_.clock_.Now();
  // At the live end there is nothing to read yet.
  const bool reads = subscription_.behind();
  under_way_ = reads ? 2 : 1;
  call_.Write(ToBytes(std::move(next)));
  if (!reads) return;  // the queue has it
  ahead_ = NextMessage();
  Done();
}

void Subscriber::Done() {
  if (--under_way_ == 0) hub_.Schedule(*this);
}

absl::StatusOr<StoredDelivery> Subscriber::NextMessage() {
  if (ahead_) return *std::exchange(ahead_, std::nullopt);
  ASSIGN_OR_RETURN(StoredDelivery next, subscription_.NextStored(absl::ZeroDuration()));
  if (repeat_ && next.is_silent()) {
    ASSIGN_OR_RETURN(next.message, subscription_.Repeat());
  }
  repeat_ = false;
  return next;
}

void Subscriber::OnWriteDone(bool ok) {
  written_ = ok;
  Done();
}

void Subscriber::OnCancel() { hub_.Cancel(*this); }

void Subscriber::OnDone() {
  hub_.Remove(*this);
  delete this;
}

SubscriptionHub::SubscriptionHub(EventLog& log, Executor& executor, const Clock& clock,
                                 SubscriptionTimes times)
    : tail_(log), executor_(executor), clock_(clock), times_(times), follower_([this] {
        Follow();
      }) {}

SubscriptionHub::~SubscriptionHub() {
  EndAll();
  MutexLock lock(mutex_);
  while (!open_.empty()) changed_.Wait(mutex_);
}

StreamReactor* SubscriptionHub::Open(StreamCall& call, const ReadCheck& check) {
  const absl::StatusOr<Subscriber*> subscriber = Enter(call, check);
  if (subscriber.ok()) return *subscriber;
  call.Finish(subscriber.status());
  return nullptr;
}

absl::StatusOr<Subscriber*> SubscriptionHub::Enter(StreamCall& call, const ReadCheck& check) {
  pb::SubscribeRequest request;
  RETURN_IF_ERROR(call.Take(request));
  RETURN_IF_ERROR(CheckSubscribe(request));
  MutexLock lock(mutex_);
  if (ending_) return ShuttingDown();
  if (open_.size() >= kSubscriptionsMax) {
    return Error(absl::StatusCode::kResourceExhausted, "SUBSCRIPTIONS_FULL",
                 "too many subscriptions are open");
  }
  // Deletes itself when gRPC is done with it.
  std::function<absl::Status()> may_begin;
  if (check) {
    may_begin = [&check, who = call.admission(), filter = request.filter()] {
      return check(who, {"mlup.log.v1.EventStore/Subscribe", "", filter});
    };
  }
  auto* subscriber = new Subscriber(*this, call, tail_, request, std::move(may_begin));
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

bool SubscriptionHub::TryPark(Subscriber& subscriber) {
  MutexLock lock(mutex_);
  const bool stale =
      seen_ > subscriber.subscription().position() || ending_ || cancelled_.count(&subscriber) > 0;
  if (!stale) parked_.insert(&subscriber);
  return !stale;
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

Subscriber* SubscriptionHub::Advance(const std::vector<std::shared_ptr<const SharedRecord>>& fresh,
                                     Position head) {
  std::vector<Subscriber*> wanting;
  for (Subscriber* subscriber : parked_) {
    Subscription& subscription = subscriber->subscription();
    const bool behind = fresh.empty() || fresh.size() > kComparedMax ||
                        Next(subscription.position()) < fresh.front()->position();
    const bool wants =
        behind || std::any_of(fresh.begin(), fresh.end(), [&](const auto& record) {
          return record->position() > subscription.position() && subscription.Wants(record->view());
        });
    if (wants) {
      wanting.push_back(subscriber);
    } else {
      subscription.Pass(head);
    }
  }
  seen_ = head;
  to_wake_ = std::move(wanting);
  // Without `fresh` the step would have to read the log.
  if (to_wake_.empty() || fresh.empty()) return nullptr;
  Subscriber* const mine = to_wake_.back();
  parked_.erase(mine);
  to_wake_.pop_back();
  return mine;
}

void SubscriptionHub::WakeTheWaiting() {
  const absl::Time now = clock_.Now();
  std::vector<Subscriber*> waiting;
  for (Subscriber* subscriber : parked_) {
    const absl::Duration silence = now - subscriber->last_sent();
    if (silence >= times_.idle) {
      subscriber->Repeat();
    } else if (subscriber->subscription().told() || silence < times_.checkpoint) {
      continue;
    }
    waiting.push_back(subscriber);
  }
  for (Subscriber* subscriber : waiting) {
    parked_.erase(subscriber);
    Schedule(*subscriber);
  }
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
    Subscriber* const mine = FollowOnce(seen);
    if (mine != nullptr) mine->Step();
    WakeTheRest();
  }
}

void SubscriptionHub::WakeTheRest() {
  MutexLock lock(mutex_);
  const auto all = static_cast<double>(to_wake_.size() + 1);
  const absl::Duration spacing = std::min(kWakeSpacing, kWakeRoundMax / all);
  while (!to_wake_.empty()) {
    const std::size_t count = std::min(to_wake_.size(), kWokenAtOnce);
    for (std::size_t i = 0; i < count; ++i) {
      // Who left meanwhile is parked no more.
      if (parked_.erase(to_wake_.back()) > 0) Schedule(*to_wake_.back());
      to_wake_.pop_back();
    }
    if (count < kWokenAtOnce || ending_) continue;
    changed_.WaitFor(mutex_, absl::ToChronoNanoseconds(spacing * count));
  }
}

Subscriber* SubscriptionHub::FollowOnce(Position seen) {
  const absl::StatusOr<Position> head = tail_.WaitPast(seen, kFollowerWait);
  std::vector<std::shared_ptr<const SharedRecord>> fresh;
  if (head.ok() && *head > seen) fresh = tail_.Refresh(seen, *head);
  Subscriber* mine = nullptr;
  MutexLock lock(mutex_);
  if (!head.ok()) {
    // Each subscriber learns of the error from its own reads.
    WakeAllLocked();
    if (!ending_) changed_.WaitFor(mutex_, absl::ToChronoMilliseconds(kFollowerWait));
  } else if (*head > seen_) {
    mine = Advance(fresh, *head);
  }
  WakeTheWaiting();
  return mine;
}

}  // namespace mlup::log
