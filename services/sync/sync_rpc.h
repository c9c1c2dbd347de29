// The work of devices as a gRPC service.
#pragma once

#include "services/rpc/serve.h"
#include "services/sync/feed.h"
#include "services/sync/push.h"

namespace mlup::sync {

// Served where facts are recorded and histories are read. Borrows everything.
class SyncRpc final : public rpc::Service {
 public:
  SyncRpc(Push& push, Feed& feed, rpc::Executor& executor);
};

}  // namespace mlup::sync
