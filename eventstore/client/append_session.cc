// One call at a time, as gRPC's callbacks drive it.
#include "eventstore/client/append_session.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <utility>

#include <grpc/support/time.h>
#include <grpcpp/alarm.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/client/grpc_status.h"
#include "eventstore/log/error_pb.h"

namespace mlup::log {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Of one message; an append is smaller than the difference to kMessageReceiveMax.
constexpr std::size_t kMessageBytes = 256 << 10;

// What a server says that goes away is not about the appends.
absl::Status WhyEnded(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::OK:
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::UNKNOWN:
      return Error(absl::StatusCode::kUnavailable, "SESSION_ENDED", "the log ended the session");
    default:
      return FromGrpc(status);
  }
}

absl::Status TooSlow() {
  return Error(absl::StatusCode::kDeadlineExceeded, "APPEND_TOO_SLOW",
               "the log did not answer in time; the append may have happened");
}

}  // namespace

// Counts a call among those of its client until the last of it is gone. The client outlives them:
// a call holds the channel, and whoever lets go of a channel last ends gRPC's threads, which must
// not be one of them.
class AppendSessionClient::CallCount {
 public:
  explicit CallCount(AppendSessionClient& client) : client_(client) {
    MutexLock lock(client_.mutex_);
    ++client_.calls_;
  }
  ~CallCount() {
    MutexLock lock(client_.mutex_);
    --client_.calls_;
    client_.gone_.NotifyAll();
  }
  CallCount(const CallCount&) = delete;
  CallCount& operator=(const CallCount&) = delete;

 private:
  AppendSessionClient& client_;
};

// The appends of one AppendLater(), and how many of them have no answer yet. Shared by their
// places in the call; the last answer is told with all others.
class AppendSessionClient::Asked {
 public:
  using Done = std::function<void(std::vector<Result>)>;

  Asked(std::vector<const v1::AppendRequest*> requests, SteadyClock::time_point deadline, Done done)
      : requests_(std::move(requests)),
        deadline_(deadline),
        results_(requests_.size(), absl::UnknownError("")),
        left_(requests_.size()),
        done_(std::move(done)) {}

  std::size_t size() const { return requests_.size(); }
  const v1::AppendRequest& At(std::size_t index) const { return *requests_[index]; }
  SteadyClock::time_point deadline() const { return deadline_; }

  // True when it was the last. Belongs to the call's mutex.
  bool Set(std::size_t index, Result result) {
    results_[index] = std::move(result);
    return --left_ == 0;
  }
  // Once all are set; without the mutex.
  void Tell() { done_(std::move(results_)); }

 private:
  const std::vector<const v1::AppendRequest*> requests_;
  const SteadyClock::time_point deadline_;
  std::vector<Result> results_;
  std::size_t left_;
  const Done done_;
};

// Lives until gRPC is done with it and nobody waits.
class AppendSessionClient::Call final
    : public grpc::ClientBidiReactor<v1::AppendSessionRequest, v1::AppendSessionResponse>,
      public std::enable_shared_from_this<Call> {
 public:
  explicit Call(AppendSessionClient& client) : counted_(client) {}

  void Start(v1::EventStore::Stub& stub) {
    {
      MutexLock lock(mutex_);
      self_ = shared_from_this();
    }
    stub.async()->AppendSession(&context_, this);
    // For writes, which do not follow from reads.
    AddHold();
    StartRead(&read_);
    StartCall();
  }

  // False when the call has ended: use another one.
  bool Add(const std::shared_ptr<Asked>& asked) {
    MutexLock lock(mutex_);
    if (ended_) return false;
    for (std::size_t i = 0; i < asked->size(); ++i) waiting_.push_back({asked, i});
    SendOn();
    if (alarm_ == nullptr) SetAlarm(asked->deadline() - std::chrono::steady_clock::now());
    return true;
  }

  bool ended() {
    MutexLock lock(mutex_);
    return ended_;
  }

  void Cancel() { context_.TryCancel(); }

  void OnReadDone(bool ok) override {
    std::vector<std::shared_ptr<Asked>> answered;
    {
      MutexLock lock(mutex_);
      if (!ok) {
        ended_ = true;
        RemoveHold();
        return;
      }
      for (v1::AppendOutcome& outcome : *read_.mutable_outcomes()) {
        const auto found = sent_.find(outcome.number());
        if (found == sent_.end()) continue;
        if (outcome.has_refused()) {
          Set(found->second, FromRefusal(outcome.refused()), answered);
        } else {
          Set(found->second, std::move(*outcome.mutable_appended()), answered);
        }
        sent_.erase(found);
      }
      StartRead(&read_);
      SendOn();
    }
    for (const auto& asked : answered) asked->Tell();
  }

  void OnWriteDone(bool ok) override {
    MutexLock lock(mutex_);
    writing_ = false;
    if (ok) SendOn();
  }

  void OnDone(const grpc::Status& status) override {
    const absl::Status why = WhyEnded(status);
    // Kept until after the lock.
    std::shared_ptr<Call> self;
    std::vector<std::shared_ptr<Asked>> answered;
    {
      MutexLock lock(mutex_);
      self = std::move(self_);
      ended_ = true;
      for (const auto& [number, place] : sent_) Set(place, why, answered);
      for (const Place& place : waiting_) Set(place, why, answered);
      sent_.clear();
      waiting_.clear();
    }
    for (const auto& asked : answered) asked->Tell();
  }

 private:
  // One append on its way.
  struct Place {
    std::shared_ptr<Asked> asked;
    std::size_t index;
  };

  static void Set(const Place& place, Result result,
                  std::vector<std::shared_ptr<Asked>>& answered) {
    if (place.asked->Set(place.index, std::move(result))) answered.push_back(place.asked);
  }

  // Sends what waits, if nothing is being sent.
  void SendOn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ || ended_ || waiting_.empty() || sent_.size() >= kSessionOpenMax) return;
    written_.Clear();
    std::size_t bytes = 0;
    while (!waiting_.empty() && bytes < kMessageBytes &&
           static_cast<std::size_t>(written_.appends_size()) < kSessionBatchMax) {
      const Place place = std::move(waiting_.front());
      waiting_.pop_front();
      const v1::AppendRequest& request = place.asked->At(place.index);
      bytes += request.ByteSizeLong();
      *written_.add_appends() = request;
      sent_.emplace(++numbered_, place);
    }
    writing_ = true;
    StartWrite(&written_);
  }

  // One alarm for all that wait: the first deadline, then the first of those that are left.
  void SetAlarm(SteadyClock::duration left) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    alarm_ = std::make_unique<grpc::Alarm>();
    alarm_->Set(gpr_time_from_millis(ms, GPR_TIMESPAN), [weak = weak_from_this()](bool rang) {
      const std::shared_ptr<Call> call = rang ? weak.lock() : nullptr;
      if (call != nullptr) call->GiveUpLate();
    });
  }

  void GiveUpLate() {
    std::vector<std::shared_ptr<Asked>> answered;
    {
      MutexLock lock(mutex_);
      const auto now = std::chrono::steady_clock::now();
      auto next = SteadyClock::time_point::max();
      const auto late = [&](const Place& place) {
        if (place.asked->deadline() <= now) {
          Set(place, TooSlow(), answered);
          return true;
        }
        next = std::min(next, place.asked->deadline());
        return false;
      };
      std::erase_if(waiting_, late);
      std::erase_if(sent_, [&](const auto& sent) { return late(sent.second); });
      alarm_ = nullptr;
      if (next != SteadyClock::time_point::max()) SetAlarm(next - now);
    }
    for (const auto& asked : answered) asked->Tell();
  }

  // First: it goes last.
  const CallCount counted_;
  grpc::ClientContext context_;
  v1::AppendSessionResponse read_;
  v1::AppendSessionRequest written_;

  Mutex mutex_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  // Takes no more appends; OnDone() follows.
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::uint64_t numbered_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<Place> waiting_ ABSL_GUARDED_BY(mutex_);
  // By number.
  std::unordered_map<std::uint64_t, Place> sent_ ABSL_GUARDED_BY(mutex_);
  // Null while nothing waits, or nothing did when it last rang.
  std::unique_ptr<grpc::Alarm> alarm_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<Call> self_ ABSL_GUARDED_BY(mutex_);
};

AppendSessionClient::~AppendSessionClient() {
  std::shared_ptr<Call> last;
  {
    MutexLock lock(mutex_);
    last = std::move(call_);
  }
  if (last != nullptr) last->Cancel();
  last.reset();
  MutexLock lock(mutex_);
  while (calls_ > 0) gone_.Wait(mutex_);
}

std::shared_ptr<AppendSessionClient::Call> AppendSessionClient::Current() {
  {
    MutexLock lock(mutex_);
    if (call_ != nullptr && !call_->ended()) return call_;
  }
  // A call counts itself, and goes, without the lock.
  auto fresh = std::make_shared<Call>(*this);
  std::shared_ptr<Call> ended;
  MutexLock lock(mutex_);
  // Somebody else may have been faster.
  if (call_ != nullptr && !call_->ended()) return call_;
  ended = std::exchange(call_, fresh);
  fresh->Start(stub_);
  return fresh;
}

void AppendSessionClient::AppendLater(const std::vector<const v1::AppendRequest*>& requests,
                                      std::function<void(std::vector<Result>)> done) {
  const auto asked = std::make_shared<Asked>(
      requests, std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(timeout_),
      std::move(done));
  while (!Current()->Add(asked)) {
  }
}

}  // namespace mlup::log
