// Carries a unary call from gRPC to service logic and back: one line a method of an adapter.
//
//   return rpc::Serve(context, executor_, request, response,
//                     [this](const auto& r) { return reports_.GetReport(r); });
#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "eventstore/base/status.h"
#include "eventstore/client/grpc_status.h"
#include "eventstore/server/admit.h"
#include "eventstore/server/gated_reactor.h"
#include "eventstore/server/unary_call.h"
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

template <typename Response>
using Done = std::function<void(absl::StatusOr<Response>)>;

// Runs `function` on the executor, which is given the request, who makes it, and what it tells the
// answer to, once and from any thread, and finishes the call with the answer, logged by its name.
// What the door says to the caller; UNAVAILABLE SHUTTING_DOWN at once when the server ends,
// RESOURCE_EXHAUSTED QUEUE_FULL when the queue is full; before work began, DEADLINE_EXCEEDED when
// the deadline passed and CANCELLED when the caller left, both CALL_ENDED.
template <typename Request, typename Response, typename Function>
requires std::invocable<const Function&, const Request&, const log::AdmissionPtr&, Done<Response>>
    grpc::ServerUnaryReactor* ServeLater(const Method& as, grpc::CallbackServerContext* context,
                                         const Request* request, Response* response,
                                         Function function) {
  Executor& executor = as.executor;
  auto* const reactor = new log::GatedUnaryReactor(executor.gate());
  const absl::Time arrived = executor.clock().Now();
  const auto finish = [reactor, arrived, method = as.name, &executor](const absl::Status& status) {
    const absl::Time now = executor.clock().Now();
    LogRequest(now, method, status, now - arrived);
    reactor->Finish(log::ToGrpc(status));
  };
  if (!reactor->admitted()) {
    finish(log::ShuttingDown());
    return reactor;
  }
  absl::StatusOr<log::AdmissionPtr> admission = log::Admit(executor.door(), *context, as.name);
  if (!admission.ok()) {
    finish(admission.status());
    return reactor;
  }
  const bool queued = executor.TryRun([=, &executor, who = *std::move(admission),
                                       function = std::move(function)] {
    if (context->IsCancelled()) {
      const bool late = absl::FromChrono(context->deadline()) <= executor.clock().Now();
      return finish(Error(late ? absl::StatusCode::kDeadlineExceeded : absl::StatusCode::kCancelled,
                          "CALL_ENDED", "the call ended before work began"));
    }
    function(*request, who, Done<Response>([response, finish](absl::StatusOr<Response> answer) {
      const absl::Status status = answer.status();
      if (status.ok()) *response = *std::move(answer);
      finish(status);
    }));
  });
  if (!queued) {
    finish(Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL",
                 "too many requests wait: try later"));
  }
  return reactor;
}

// The same for a function that returns the answer, and for requests that may name who asks: only
// the caller.
template <typename Request, typename Response, typename Function>
requires Handles<Function, Request, Response> grpc::ServerUnaryReactor* ServeAs(
    const Method& as, grpc::CallbackServerContext* context, const Request* request,
    Response* response, Function function) {
  return ServeLater(
      as, context, request, response,
      [function = std::move(function)](const Request& asked, const log::AdmissionPtr& who,
                                       const Done<Response>& done) {
        const absl::Status may = who == nullptr ? absl::OkStatus() : who->MayAsk(asked);
        done(may.ok() ? absl::StatusOr<Response>(function(asked)) : may);
      });
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
