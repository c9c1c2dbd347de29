// One call at a time, as gRPC's callbacks drive it.
#include "eventstore/client/append_session.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/client/grpc_status.h"
#include "eventstore/log/error_pb.h"

namespace mlup::log {
namespace {

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

  // Nothing when the call has ended: use another one.
  std::optional<absl::StatusOr<v1::AppendResponse>> Append(const v1::AppendRequest& request,
                                                           absl::Duration timeout) {
    const auto deadline = std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(timeout);
    const auto waiter = std::make_shared<Waiter>(request);
    MutexLock lock(mutex_);
    if (ended_) return std::nullopt;
    waiting_.push_back(waiter);
    SendOn();
    while (!waiter->result) {
      const auto left = deadline - std::chrono::steady_clock::now();
      if (left <= left.zero()) {
        std::erase(waiting_, waiter);
        return Error(absl::StatusCode::kDeadlineExceeded, "APPEND_TOO_SLOW",
                     "the log did not answer in time; the append may have happened");
      }
      waiter->answered.WaitFor(mutex_, left);
    }
    return std::move(waiter->result);
  }

  bool ended() {
    MutexLock lock(mutex_);
    return ended_;
  }

  void Cancel() { context_.TryCancel(); }

  void OnReadDone(bool ok) override {
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
        Tell(*found->second, FromRefusal(outcome.refused()));
      } else {
        Tell(*found->second, std::move(*outcome.mutable_appended()));
      }
      sent_.erase(found);
    }
    StartRead(&read_);
    SendOn();
  }

  void OnWriteDone(bool ok) override {
    MutexLock lock(mutex_);
    writing_ = false;
    if (ok) SendOn();
  }

  void OnDone(const grpc::Status& status) override {
    // Kept until after the lock.
    std::shared_ptr<Call> self;
    MutexLock lock(mutex_);
    self = std::move(self_);
    const absl::Status why = WhyEnded(status);
    for (const auto& [number, waiter] : sent_) Tell(*waiter, why);
    for (const auto& waiter : waiting_) Tell(*waiter, why);
    sent_.clear();
    waiting_.clear();
  }

 private:
  // One append on its way. Belongs to the call's mutex.
  struct Waiter {
    explicit Waiter(const v1::AppendRequest& asked) : request(asked) {}

    // Used until it is sent; its caller waits so long at least.
    const v1::AppendRequest& request;
    std::optional<absl::StatusOr<v1::AppendResponse>> result;
    Condition answered;
  };

  static void Tell(Waiter& waiter, absl::StatusOr<v1::AppendResponse> result) {
    waiter.result = std::move(result);
    waiter.answered.NotifyOne();
  }

  // Sends what waits, if nothing is being sent.
  void SendOn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ || ended_ || waiting_.empty() || sent_.size() >= kSessionOpenMax) return;
    written_.Clear();
    std::size_t bytes = 0;
    while (!waiting_.empty() && bytes < kMessageBytes &&
           static_cast<std::size_t>(written_.appends_size()) < kSessionBatchMax) {
      const auto waiter = std::move(waiting_.front());
      waiting_.pop_front();
      bytes += waiter->request.ByteSizeLong();
      *written_.add_appends() = waiter->request;
      sent_.emplace(++numbered_, waiter);
    }
    writing_ = true;
    StartWrite(&written_);
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
  std::deque<std::shared_ptr<Waiter>> waiting_ ABSL_GUARDED_BY(mutex_);
  // By number.
  std::unordered_map<std::uint64_t, std::shared_ptr<Waiter>> sent_ ABSL_GUARDED_BY(mutex_);
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

absl::StatusOr<v1::AppendResponse> AppendSessionClient::Append(const v1::AppendRequest& request) {
  while (true) {
    auto answer = Current()->Append(request, timeout_);
    if (answer) return *std::move(answer);
  }
}

}  // namespace mlup::log
