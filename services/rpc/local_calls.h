// Calls from within the process to the services that its gRPC server serves.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include <grpcpp/channel.h>

#include "eventstore/base/clock.h"
#include "services/gateway/rpc_calls.h"

namespace mlup::rpc {

// The way in for other faces: no network, and everything else as for whoever calls the server:
// the door, sizes, queues, threads, lines of the log, and UNIMPLEMENTED for what the process does
// not serve.
//
// Any thread; a stream is of one thread at a time and ends with its object. Borrows the clock.
class LocalCalls final : public gateway::RpcCalls {
 public:
  LocalCalls(std::shared_ptr<grpc::Channel> channel, const Clock& clock)
      : channel_(std::move(channel)), clock_(clock) {}

  absl::StatusOr<std::string> Call(const gateway::RpcRequest& request) override;
  std::unique_ptr<gateway::RpcStream> Open(const gateway::RpcRequest& request) override;

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const Clock& clock_;
};

}  // namespace mlup::rpc
