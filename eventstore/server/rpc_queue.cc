#include "eventstore/server/rpc_queue.h"

#include <utility>

#include "absl/time/time.h"
#include <grpc/support/time.h>
#include <pthread.h>

#include "eventstore/base/limits.h"
#include "eventstore/server/rpc_service.h"
#include "eventstore/server/stream_call.h"

namespace mlup::log {
namespace {

// A round is not longer than this, so that nobody waits for others for long.
constexpr std::size_t kRoundEventsMax = 512;
// What was revoked stops within a second.
constexpr absl::Duration kCallLookEvery = absl::Milliseconds(200);

}  // namespace

RpcQueue::RpcQueue(grpc::ServerBuilder& builder, std::vector<RpcService*> services, CallDoor* door)
    : services_(std::move(services)), door_(door), completions_(builder.AddCompletionQueue()) {
  for (RpcService* service : services_) builder.RegisterService(service);
}

RpcQueue::~RpcQueue() { Stop(); }

void RpcQueue::Start() {
  for (RpcService* service : services_) service->AwaitCalls(*this);
  if (door_ != nullptr) {
    MutexLock lock(look_mutex_);
    looks_ = true;
    LookLater();
  }
  thread_ = std::jthread([this] { Run(); });
}

void RpcQueue::Stop() {
  if (!thread_.joinable()) return;
  all_ended_.wait();
  {
    MutexLock lock(look_mutex_);
    looks_ = false;
    next_look_.Cancel();
  }
  completions_->Shutdown();
  thread_.join();
}

void RpcQueue::LookLater() {
  next_look_.Set(
      completions_.get(),
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                   gpr_time_from_millis(absl::ToInt64Milliseconds(kCallLookEvery), GPR_TIMESPAN)),
      &look_);
}

void RpcQueue::Look(bool /*ok*/) {
  // One that ends takes itself out.
  const std::vector<StreamCall*> streams(streams_.begin(), streams_.end());
  for (StreamCall* call : streams) call->LookAgain();
  MutexLock lock(look_mutex_);
  if (looks_) LookLater();
}

bool RpcQueue::full() const { return calls_ > kRpcCallsMax; }

void RpcQueue::Run() {
  pthread_setname_np(pthread_self(), "mlup-rpc-queue");
  void* tag = nullptr;
  bool ok = false;
  while (completions_->Next(&tag, &ok)) {
    std::size_t events = 0;
    do {
      static_cast<RpcEvent*>(tag)->Happened(ok);
    } while (++events < kRoundEventsMax &&
             completions_->AsyncNext(&tag, &ok, gpr_inf_past(GPR_CLOCK_MONOTONIC)) ==
                 grpc::CompletionQueue::GOT_EVENT);
    for (RpcService* service : services_) service->EndRound();
    if (calls_ == 0 && !all_ended_.try_wait()) all_ended_.count_down();
  }
}

}  // namespace mlup::log
