// Carries a unary call from gRPC to service logic and back: one line a method of an adapter.
//
//   return rpc::Serve(context, executor_, request, response,
//                     [this](const auto& r) { return reports_.GetReport(r); });
#pragma once

#include <concepts>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "eventstore/base/status.h"
#include "eventstore/client/grpc_status.h"
#include "services/rpc/executor.h"
#include "services/rpc/request_log.h"

namespace mlup::rpc {

template <typename Function, typename Request, typename Response>
concept Handles = requires(const Function& function, const Request& request) {
  { function(request) } -> std::convertible_to<absl::StatusOr<Response>>;
};

// What a call is logged as, and whose threads run it.
struct Method {
  const std::string& name;
  Executor& executor;
};

// Runs `function` on the executor and finishes the call, logged by its name, with the answer.
// RESOURCE_EXHAUSTED QUEUE_FULL at once when the queue is full; before work began,
// DEADLINE_EXCEEDED when the deadline passed and CANCELLED when the caller left, both CALL_ENDED.
template <typename Request, typename Response, typename Function>
requires Handles<Function, Request, Response> grpc::ServerUnaryReactor* ServeAs(
    const Method& as, grpc::CallbackServerContext* context, const Request* request,
    Response* response, Function function) {
  Executor& executor = as.executor;
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  const absl::Time arrived = executor.clock().Now();
  const auto finish = [reactor, arrived, method = as.name, &executor](const absl::Status& status) {
    const absl::Time now = executor.clock().Now();
    LogRequest(now, method, status, now - arrived);
    reactor->Finish(log::ToGrpc(status));
  };
  const bool queued = executor.TryRun([=, &executor, function = std::move(function)] {
    if (context->IsCancelled()) {
      const bool late = absl::FromChrono(context->deadline()) <= executor.clock().Now();
      return finish(Error(late ? absl::StatusCode::kDeadlineExceeded : absl::StatusCode::kCancelled,
                          "CALL_ENDED", "the call ended before work began"));
    }
    absl::StatusOr<Response> answer = function(*request);
    const absl::Status status = answer.status();
    if (status.ok()) *response = *std::move(answer);
    finish(status);
  });
  if (!queued) {
    finish(Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL",
                 "too many requests wait: try later"));
  }
  return reactor;
}

// The same, logged as the rpc that takes such a request.
template <typename Request, typename Response, typename Function>
requires Handles<Function, Request, Response> grpc::ServerUnaryReactor* Serve(
    grpc::CallbackServerContext* context, Executor& executor, const Request* request,
    Response* response, Function function) {
  return ServeAs({MethodOf(*Request::descriptor()), executor}, context, request, response,
                 std::move(function));
}

}  // namespace mlup::rpc
