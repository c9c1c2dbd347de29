// Carries calls from an RpcQueue to service logic and back, logged as those of Serve() are: one
// line a method of an adapter.
//
//   WatchedUnary<Request>("GetCheckpoint", [this](log::UnaryCall& call, const Request& request) {
//     rpc::ServeQueued<Response>(call, executor_, request,
//                                [this](const auto& r) { return service_.GetCheckpoint(r); });
//   });
#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "eventstore/server/unary_call.h"
#include "services/rpc/executor.h"
#include "services/rpc/request_log.h"
#include "services/rpc/serve.h"

namespace mlup::rpc {

// Runs `function` on the executor and finishes the call with the answer; errors are those of
// ServeAs().
template <typename Response, typename Request, typename Function>
requires Handles<Function, Request, Response>
void ServeQueued(log::UnaryCall& call, Executor& executor, const Request& request,
                 Function function) {
  const absl::Time arrived = executor.clock().Now();
  const auto finish = [&call, arrived, &executor](const absl::StatusOr<Response>& answer) {
    const absl::Time now = executor.clock().Now();
    LogRequest(now, MethodOf(*Request::descriptor()), answer.status(), now - arrived);
    call.Finish(answer);
  };
  const bool queued =
      executor.TryRun([&call, &request, finish, function = std::move(function)]() -> void {
        absl::Status waits = call.StillWaits();
        if (waits.ok() && call.admission() != nullptr) waits = call.admission()->MayAsk(request);
        finish(waits.ok() ? absl::StatusOr<Response>(function(request)) : waits);
      });
  if (!queued) finish(log::QueueFull());
}

}  // namespace mlup::rpc
