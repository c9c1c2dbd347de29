// ReportService over gRPC.
#pragma once

#include "services/query/report_service.h"
#include "services/rpc/serve.h"

namespace mlup::query {

// Hands each call to the service of the same name on the executor. Borrows both.
class ReportRpc final : public rpc::Service {
 public:
  ReportRpc(ReportService& service, rpc::Executor& executor);
};

}  // namespace mlup::query
