// A gRPC service whose calls an RpcQueue serves.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/impl/service_type.h>

#include "eventstore/base/executor.h"
#include "eventstore/server/stream_call.h"
#include "eventstore/server/unary_call.h"

namespace mlup::log {

class RpcQueue;

// The methods of one service; what is not among them is UNIMPLEMENTED. Request bytes that are no
// message are answered INVALID_ARGUMENT MESSAGE_INVALID.
//
// Served by one RpcQueue, on whose thread the functions are called: they must not block.
class RpcService : public grpc::Service {
 public:
  // For the queue: awaits calls of every method.
  void AwaitCalls(RpcQueue& queue);
  // The queue has seen all that has happened by now.
  virtual void EndRound() {}
  // `package.Service/Method` of gRPC's number for it.
  std::string_view NameOf(int method) const;

 protected:
  // `package.Service`.
  explicit RpcService(std::string name) : name_(std::move(name)) {}

  // In the constructor: serves a method. The function finishes the call, sooner or later, on this
  // thread or another; the request lives as long as the call.
  template <typename Request>
  void Unary(const std::string& method, std::function<void(UnaryCall&, const Request&)> serve) {
    AddUnary(method, {.serve = Reads<Request>(std::move(serve)), .watched = false});
  }
  // The same for a function that puts the work off: it may ask whether the caller StillWaits().
  template <typename Request>
  void WatchedUnary(const std::string& method,
                    std::function<void(UnaryCall&, const Request&)> serve) {
    AddUnary(method, {.serve = Reads<Request>(std::move(serve)), .watched = true});
  }

  // The same for a function that reads the request itself.
  void WatchedBytes(const std::string& method, UnaryCall::Serve serve) {
    AddUnary(method, {.serve = std::move(serve), .watched = true});
  }

  // The same with a function that may block: it runs on the executor. RESOURCE_EXHAUSTED QUEUE_FULL
  // when its queue is full; DEADLINE_EXCEEDED or CANCELLED where the caller has gone before.
  template <typename Request, typename Response>
  void Unary(const std::string& method, Executor& executor,
             std::function<absl::StatusOr<Response>(const Request&)> work) {
    WatchedUnary<Request>(
        method, [&executor, work = std::move(work)](UnaryCall& call, const Request& request) {
          const bool queued = executor.TryRun([&call, &request, &work] {
            const absl::Status waits = call.StillWaits();
            waits.ok() ? call.Finish(work(request)) : call.Refuse(waits);
          });
          if (!queued) call.Refuse(QueueFull());
        });
  }

  // Methods that stream: of the first, one request comes before the call is opened.
  void ServerStream(const std::string& method, StreamCall::Open open);
  void BidiStream(const std::string& method, StreamCall::Open open);

 private:
  // They ask grpc::Service for the next call.
  friend class UnaryCall;
  friend class StreamCall;

  template <typename Request>
  static UnaryCall::Serve Reads(std::function<void(UnaryCall&, const Request&)> serve) {
    return [serve = std::move(serve)](UnaryCall& call) {
      auto& request = call.Make<Request>();
      if (const absl::Status read = call.Read(request); !read.ok()) return call.Refuse(read);
      serve(call, request);
    };
  }

  // Of the first two, one has a function.
  struct Method {
    UnaryCall::How unary;
    StreamCall::Open open;
    bool has_request;
    // `/package.Service/Method`: gRPC keeps a pointer to it.
    std::string path;
  };

  void AddUnary(const std::string& method, UnaryCall::How how);
  void Add(const std::string& name, Method method);

  const std::string name_;
  // In the order of gRPC's numbers for them.
  std::vector<std::unique_ptr<const Method>> methods_;
};

}  // namespace mlup::log
