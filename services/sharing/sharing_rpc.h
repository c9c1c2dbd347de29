// SharingService over gRPC.
#pragma once

#include "services/rpc/serve.h"
#include "services/sharing/sharing_service.h"

namespace mlup::sharing {

// Hands each call to the service of the same name on the executor. Borrows both.
class SharingRpc final : public rpc::Service {
 public:
  SharingRpc(const SharingService& service, rpc::Executor& executor);
};

}  // namespace mlup::sharing
