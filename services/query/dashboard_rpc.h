// DashboardService over gRPC.
#pragma once

#include "services/query/dashboard_service.h"
#include "services/rpc/serve.h"

namespace mlup::query {

// Hands each call to the service of the same name on the executor. Borrows both.
class DashboardRpc final : public rpc::Service {
 public:
  DashboardRpc(DashboardService& service, rpc::Executor& executor);
};

}  // namespace mlup::query
