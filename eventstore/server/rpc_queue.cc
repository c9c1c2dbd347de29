#include "eventstore/server/rpc_queue.h"

#include <utility>

#include <grpc/support/time.h>
#include <pthread.h>

#include "eventstore/base/limits.h"
#include "eventstore/server/rpc_service.h"

namespace mlup::log {
namespace {

// A round is not longer than this, so that nobody waits for others for long.
constexpr std::size_t kRoundEventsMax = 512;

}  // namespace

RpcQueue::RpcQueue(grpc::ServerBuilder& builder, std::vector<RpcService*> services)
    : services_(std::move(services)), completions_(builder.AddCompletionQueue()) {
  for (RpcService* service : services_) builder.RegisterService(service);
}

RpcQueue::~RpcQueue() { Stop(); }

void RpcQueue::Start() {
  for (RpcService* service : services_) service->AwaitCalls(*this);
  thread_ = std::jthread([this] { Run(); });
}

void RpcQueue::Stop() {
  if (!thread_.joinable()) return;
  all_ended_.wait();
  completions_->Shutdown();
  thread_.join();
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
