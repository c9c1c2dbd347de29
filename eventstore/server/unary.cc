// The work of a call waits in the executor's queue.
#include "eventstore/server/unary.h"

#include <grpc/support/time.h>

#include "eventstore/client/grpc_status.h"

namespace mlup::log {
namespace {

bool HasExpired(const grpc::CallbackServerContext& context) {
  const gpr_timespec deadline = context.raw_deadline();
  return gpr_time_cmp(gpr_now(deadline.clock_type), deadline) >= 0;
}

}  // namespace

absl::Status ShuttingDown() {
  return Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "the server is shutting down");
}

grpc::ServerUnaryReactor* ServeUnary(grpc::CallbackServerContext& context, Executor& executor,
                                     std::function<absl::Status()> work) {
  grpc::ServerUnaryReactor* const reactor = context.DefaultReactor();
  const bool queued = executor.TryRun([&context, reactor, work = std::move(work)] {
    reactor->Finish(HasExpired(context)
                        ? grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "waited too long")
                        : ToGrpc(work()));
  });
  if (!queued) {
    reactor->Finish(
        ToGrpc(Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL", "too many calls wait")));
  }
  return reactor;
}

}  // namespace mlup::log
