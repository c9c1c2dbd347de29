// ProjectionService over gRPC.
#pragma once

#include "services/query/projection_service.h"
#include "services/rpc/serve.h"

namespace mlup::query {

// Hands each call to the service of the same name on the executor. Borrows both.
class ProjectionRpc final : public rpc::Service {
 public:
  ProjectionRpc(ProjectionService& service, rpc::Executor& executor);
};

}  // namespace mlup::query
