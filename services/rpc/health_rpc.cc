// The protocol's messages are those of its proto with other names: a text and a small number, each
// in field 1.
#include "services/rpc/health_rpc.h"

#include <cstdint>

#include <google/protobuf/wrappers.pb.h>

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"

namespace mlup::rpc {
namespace {

using HealthCheckRequest = google::protobuf::StringValue;
using HealthCheckResponse = google::protobuf::Int32Value;

// grpc.health.v1.HealthCheckResponse.ServingStatus.
constexpr std::int32_t kServing = 1;
constexpr std::int32_t kNotServing = 2;
constexpr std::int32_t kServiceUnknown = 3;

HealthCheckResponse Response(std::int32_t status) {
  HealthCheckResponse response;
  response.set_value(status);
  return response;
}

}  // namespace

// One call of Watch: says what is, waits, and says once more when the server stops. Deletes itself
// when gRPC is done with it.
class HealthRpc::Watch final : public log::StreamReactor {
 public:
  Watch(HealthRpc& health, log::StreamCall& call, bool known)
      : health_(health), call_(call), known_(known) {}

  void Begin(std::int32_t status) {
    MutexLock lock(mutex_);
    Say(known_ ? status : kServiceUnknown);
  }
  void Stop() {
    MutexLock lock(mutex_);
    stopping_ = true;
    GoOn();
  }

  void OnWriteDone(bool ok) override {
    MutexLock lock(mutex_);
    writing_ = false;
    gone_ = gone_ || !ok;
    GoOn();
  }
  void OnCancel() override {
    MutexLock lock(mutex_);
    gone_ = true;
    GoOn();
  }
  void OnDone() override {
    {
      // Whoever finished the call leaves first.
      MutexLock lock(mutex_);
    }
    health_.Remove(*this);
    delete this;
  }

 private:
  void Say(std::int32_t status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    writing_ = true;
    said_ = status;
    call_.Write(Response(status));
  }
  // Says that the server stops, or finishes the call: whatever is due and possible now.
  void GoOn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ || finished_ || (!gone_ && !stopping_)) return;
    if (!gone_ && said_ == kServing) return Say(kNotServing);
    finished_ = true;
    call_.Finish(gone_ ? absl::CancelledError("the caller has gone") : log::ShuttingDown());
  }

  HealthRpc& health_;
  log::StreamCall& call_;
  const bool known_;

  Mutex mutex_;
  std::int32_t said_ ABSL_GUARDED_BY(mutex_) = 0;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

HealthRpc::HealthRpc() : RpcService("grpc.health.v1.Health") {
  Unary<HealthCheckRequest>(
      "Check", [this](log::UnaryCall& call, const HealthCheckRequest& service) {
        if (!service.value().empty()) {
          return call.Refuse(Error(absl::StatusCode::kNotFound, "SERVICE_UNKNOWN",
                                   "health is told of the whole server, with an empty name"));
        }
        MutexLock lock(mutex_);
        call.Answer(Response(serving_ ? kServing : kNotServing));
      });
  ServerStream("Watch", [this](log::StreamCall& call) { return Open(call); });
}

void HealthRpc::Stop() {
  MutexLock lock(mutex_);
  serving_ = false;
  for (Watch* watch : watches_) watch->Stop();
}

log::StreamReactor* HealthRpc::Open(log::StreamCall& call) {
  HealthCheckRequest service;
  absl::Status may = call.Take(service);
  MutexLock lock(mutex_);
  if (may.ok() && watches_.size() >= kSubscriptionsMax) may = log::QueueFull();
  if (!may.ok()) {
    call.Finish(may);
    return nullptr;
  }
  auto* const watch = new Watch(*this, call, service.value().empty());
  watches_.insert(watch);
  watch->Begin(serving_ ? kServing : kNotServing);
  if (!serving_) watch->Stop();
  return watch;
}

void HealthRpc::Remove(Watch& watch) {
  MutexLock lock(mutex_);
  watches_.erase(&watch);
}

}  // namespace mlup::rpc
