// The services that read the read models.
#pragma once

#include <vector>

#include "services/query/audit_rpc.h"
#include "services/query/report_rpc.h"

namespace mlup::daemon {

// Reports and histories, each with its gRPC adapter. Borrows
// everything it is built from.
class Queries {
 public:
  Queries(const query::ReportService::Parts& reports, const query::AuditService::Parts& audit,
          rpc::Executor& executor)
      : reports_(reports),
        audit_(audit),
        report_rpc_(reports_, executor),
        audit_rpc_(audit_, executor) {}

  query::AuditService& audit() { return audit_; }

  void AddTo(std::vector<log::RpcService*>& services) {
    services.push_back(&report_rpc_);
    services.push_back(&audit_rpc_);
  }

 private:
  query::ReportService reports_;
  query::AuditService audit_;
  query::ReportRpc report_rpc_;
  query::AuditRpc audit_rpc_;
};

}  // namespace mlup::daemon
