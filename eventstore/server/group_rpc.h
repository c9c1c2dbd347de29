// Consumer groups as a gRPC service.
#pragma once

#include <unordered_set>

#include "eventstore/base/executor.h"
#include "eventstore/base/mutex.h"
#include "eventstore/bus/group_host.h"
#include "eventstore/server/read_check.h"
#include "eventstore/server/rpc_service.h"

namespace mlup::log {

class Consumption;

// Serves one GroupHost. Calls run on the service's own threads, never on the queue's. A consumer
// that does not read costs one batch. At most kGroupConsumersTotalMax Consume calls.
//
// Serve it with one RpcQueue. Borrows `host`, which must outlive it. Call EndConsumers() before
// grpc::Server::Shutdown(), and destroy server and queue before the service.
class GroupRpc final : public RpcService {
 public:
  // Consumers read what `check_read` lets through; without one, all.
  explicit GroupRpc(GroupHost& host, ReadCheck check_read = {});
  ~GroupRpc() override;

  // Ends all Consume calls with UNAVAILABLE SHUTTING_DOWN and refuses new ones.
  void EndConsumers();

 private:
  friend class Consumption;

  void ServeGroups();
  void ServeParked();
  StreamReactor* Consume(StreamCall& call);
  absl::Status MayConsume() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Remove(Consumption& consumption);

  GroupHost& host_;
  const ReadCheck check_read_;
  Executor executor_;

  Mutex mutex_;
  Condition removed_;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::unordered_set<Consumption*> open_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::log
