// ExportService over gRPC.
#pragma once

#include "services/exports/export_service.h"
#include "services/rpc/serve.h"
#include "services/rpc/serve_pieces.h"

namespace mlup::exports {

// Hands each call to the service of the same name on the executor. Borrows both.
class ExportRpc final : public rpc::Service {
 public:
  ExportRpc(ExportService& service, rpc::Executor& executor);

 private:
  template <typename Request>
  void ServeFile(const char* method, ExportService& service,
                 absl::StatusOr<ExportService::Given> (ExportService::*give)(const Request&) const);

  rpc::Places places_{kBundlesMax};
};

}  // namespace mlup::exports
