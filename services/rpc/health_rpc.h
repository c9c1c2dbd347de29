// gRPC's own health protocol (grpc.health.v1), for servers whose calls go through a queue.
#pragma once

#include <unordered_set>

#include "eventstore/base/mutex.h"
#include "eventstore/server/rpc_service.h"

namespace mlup::rpc {

// Tells of the server as a whole, the service with the empty name, that it serves until it is told
// to stop. Others are NOT_FOUND, or watched in vain.
//
// Served by one log::RpcQueue; Stop() from any thread.
class HealthRpc final : public log::RpcService {
 public:
  HealthRpc();

  // Says "not serving" to those who watch, and ends their calls.
  void Stop();

 private:
  class Watch;

  log::StreamReactor* Open(log::StreamCall& call);
  void Remove(Watch& watch);

  Mutex mutex_;
  bool serving_ ABSL_GUARDED_BY(mutex_) = true;
  std::unordered_set<Watch*> watches_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::rpc
