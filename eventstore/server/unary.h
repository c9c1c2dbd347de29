// Carries a unary call to the service's own threads and back.
#pragma once

#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "eventstore/base/executor.h"
#include "eventstore/base/status.h"

namespace mlup::log {

// UNAVAILABLE SHUTTING_DOWN.
absl::Status ShuttingDown();

// Runs `work` on the executor and finishes the call with what it returns. RESOURCE_EXHAUSTED
// QUEUE_FULL when the queue is full, DEADLINE_EXCEEDED when the deadline passed before work began.
grpc::ServerUnaryReactor* ServeUnary(grpc::CallbackServerContext& context, Executor& executor,
                                     std::function<absl::Status()> work);

// Puts the value of `result` into `response`, or returns its status.
template <typename Response>
absl::Status Answer(absl::StatusOr<Response> result, Response& response) {
  ASSIGN_OR_RETURN(response, std::move(result));
  return absl::OkStatus();
}

}  // namespace mlup::log
