// One call with one request and one answer, served by an RpcQueue.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include <google/protobuf/arena.h>
#include <google/protobuf/message.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/async_unary_call.h>
#include <grpcpp/support/byte_buffer.h>

#include "eventstore/server/call_door.h"
#include "eventstore/server/call_gate.h"
#include "eventstore/server/rpc_queue.h"

namespace mlup::log {

// UNAVAILABLE SHUTTING_DOWN.
absl::Status ShuttingDown();
// RESOURCE_EXHAUSTED QUEUE_FULL.
absl::Status QueueFull();

// Awaits a call of its method, is served, and deletes itself when gRPC is done with it. When the
// call arrives, the next one is awaited.
//
// Made on the queue's thread. Whoever serves it may use it from any thread, one at a time, and
// finishes it once.
class UnaryCall {
 public:
  using Serve = std::function<void(UnaryCall&)>;

  // How a method is served.
  struct How {
    Serve serve;
    // Whether it is of use to know that the caller has left, which is one more event a call.
    bool watched;
  };

  // `how` is the service's `method`, and lives as long as it does.
  UnaryCall(RpcService& service, int method, const How& how, RpcQueue& queue);

  // Makes a message that lives as long as the call.
  template <typename Message>
  Message& Make() {
    return *google::protobuf::Arena::CreateMessage<Message>(&arena_);
  }
  google::protobuf::Message& Make(const google::protobuf::Message& prototype) {
    return *prototype.New(&arena_);
  }
  // INVALID_ARGUMENT MESSAGE_INVALID.
  absl::Status Read(google::protobuf::Message& request) const;
  // OK while the caller waits; DEADLINE_EXCEEDED or, of a watched call, CANCELLED, both CALL_ENDED.
  absl::Status StillWaits() const;

  // `package.Service/Method`.
  std::string_view name() const;
  // Who calls.
  const AdmissionPtr& admission() const { return admission_; }
  // From where: the last address of `x-forwarded-for`, which an edge writes, or what gRPC says
  // without the port, which another connection has anew: `ipv4:127.0.0.1`. Callers of this machine
  // can write the former too.
  std::string address() const;

  // One of these finishes the call.
  void Answer(const google::protobuf::Message& response);
  void Answer(const grpc::ByteBuffer& response);
  void Refuse(const absl::Status& why);
  template <typename Response>
  void Finish(const absl::StatusOr<Response>& result) {
    result.ok() ? Answer(*result) : Refuse(result.status());
  }

 private:
  void Arrived(bool ok);
  // gRPC has sent the answer, or could not.
  void Finished(bool ok);
  // The call is over for the caller; told of a watched call only.
  void Ended(bool ok);
  void Release();

  RpcService& service_;
  const int method_;
  const How& how_;
  RpcQueue& queue_;
  RpcEventOf<UnaryCall, &UnaryCall::Arrived> arrived_{*this};
  RpcEventOf<UnaryCall, &UnaryCall::Finished> finished_{*this};
  RpcEventOf<UnaryCall, &UnaryCall::Ended> ended_{*this};

  grpc::ServerContext context_;
  grpc::ServerAsyncResponseWriter<grpc::ByteBuffer> writer_{&context_};
  grpc::ByteBuffer request_;
  google::protobuf::Arena arena_;
  std::atomic<bool> cancelled_ = false;
  // Of finished and ended; the queue's thread only.
  int events_left_;
  std::optional<CallGate::Pass> pass_;
  AdmissionPtr admission_;
};

}  // namespace mlup::log
