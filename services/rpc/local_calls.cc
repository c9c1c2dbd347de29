// Generic stubs, and a completion queue for each stream.
#include "services/rpc/local_calls.h"

#include <cstdint>
#include <optional>
#include <utility>

#include <grpc/support/time.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>

#include "eventstore/client/grpc_bytes.h"
#include "eventstore/client/grpc_status.h"

namespace mlup::rpc {
namespace {

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

void Prepare(grpc::ClientContext& context, const gateway::RpcRequest& request, const Clock& clock) {
  if (!request.token.empty()) context.AddMetadata("authorization", "Bearer " + request.token);
  if (!request.forwarded_for.empty()) {
    context.AddMetadata("x-forwarded-for", request.forwarded_for);
  }
  if (request.patience == absl::InfiniteDuration()) return;
  context.set_deadline(absl::ToChronoTime(clock.Now() + request.patience));
}

gpr_timespec In(absl::Duration patience) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_millis(absl::ToInt64Milliseconds(patience), GPR_TIMESPAN));
}

// One call with one request and any number of answers, of which it asks for one at a time.
class LocalStream final : public gateway::RpcStream {
 public:
  LocalStream(const std::shared_ptr<grpc::Channel>& channel, const gateway::RpcRequest& request,
              const Clock& clock)
      : stub_(channel), request_(ToBuffer(request.message)) {
    Prepare(context_, request, clock);
    call_ = stub_.PrepareCall(&context_, request.method, &queue_);
    call_->StartCall(Tag(Event::kStarted));
  }

  ~LocalStream() override {
    context_.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  Step Next(absl::Duration patience) override {
    const gpr_timespec until = In(patience);
    if (std::exchange(answered_, false)) call_->Read(&answer_, Tag(Event::kAnswered));
    void* tag = nullptr;
    bool ok = false;
    while (!answered_ && !ended_.has_value()) {
      if (queue_.AsyncNext(&tag, &ok, until) != grpc::CompletionQueue::GOT_EVENT) return {};
      On(static_cast<Event>(reinterpret_cast<std::intptr_t>(tag)), ok);
    }
    if (answered_) return {log::Joined(answer_), std::nullopt};
    return {std::nullopt, ended_};
  }

 private:
  enum class Event : std::intptr_t { kStarted = 1, kAsked, kAnswered, kFinished };

  static void* Tag(Event event) {
    return reinterpret_cast<void*>(static_cast<std::intptr_t>(event));  // NOLINT: never followed
  }

  void On(Event event, bool ok) {
    if (event == Event::kFinished) {
      ended_ = log::FromGrpc(status_);
    } else if (!ok) {
      call_->Finish(&status_, Tag(Event::kFinished));
    } else if (event == Event::kStarted) {
      call_->WriteLast(request_, grpc::WriteOptions(), Tag(Event::kAsked));
    } else if (event == Event::kAsked) {
      call_->Read(&answer_, Tag(Event::kAnswered));
    } else {
      answered_ = true;
    }
  }

  grpc::GenericStub stub_;
  const grpc::ByteBuffer request_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  grpc::ByteBuffer answer_;
  grpc::Status status_;
  bool answered_ = false;
  std::optional<absl::Status> ended_;
};

}  // namespace

absl::StatusOr<std::string> LocalCalls::Call(const gateway::RpcRequest& request) {
  grpc::GenericStub stub(channel_);
  grpc::ClientContext context;
  Prepare(context, request, clock_);
  grpc::CompletionQueue queue;
  const auto call =
      stub.PrepareUnaryCall(&context, request.method, ToBuffer(request.message), &queue);
  call->StartCall();
  grpc::ByteBuffer answer;
  grpc::Status status;
  call->Finish(&answer, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  if (!status.ok()) return log::FromGrpc(status);
  return log::Joined(answer);
}

std::unique_ptr<gateway::RpcStream> LocalCalls::Open(const gateway::RpcRequest& request) {
  return std::make_unique<LocalStream>(channel_, request, clock_);
}

}  // namespace mlup::rpc
