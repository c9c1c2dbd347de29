// RelayService over gRPC.
#pragma once

#include "services/relay/relay_service.h"
#include "services/rpc/serve.h"

namespace mlup::relay {

// Hands each call to the service of the same name on the executor. Borrows both.
class RelayRpc final : public rpc::Service {
 public:
  RelayRpc(RelayService& service, rpc::Executor& executor);
};

}  // namespace mlup::relay
