// The services that read the read models.
#pragma once

#include <vector>

#include "services/query/audit_rpc.h"
#include "services/query/projection_rpc.h"
#include "services/query/report_rpc.h"
#include "services/search/search_rpc.h"

namespace mlup::daemon {

// Reports, read models, histories and searches, each with its gRPC adapter. Borrows everything it
// is built from.
class Queries {
 public:
  Queries(const query::ReportService::Parts& reports, const query::AuditService::Parts& audit,
          const search::SearchService::Parts& search,
          const query::ProjectionService::Parts& projections, rpc::Executor& executor)
      : reports_(reports),
        audit_(audit),
        search_(search),
        projections_(projections),
        report_rpc_(reports_, executor),
        audit_rpc_(audit_, executor),
        search_rpc_(search_, executor),
        projection_rpc_(projections_, executor) {}

  query::AuditService& audit() { return audit_; }

  void AddTo(std::vector<log::RpcService*>& services) {
    services.push_back(&report_rpc_);
    services.push_back(&audit_rpc_);
    services.push_back(&search_rpc_);
    services.push_back(&projection_rpc_);
  }

 private:
  query::ReportService reports_;
  query::AuditService audit_;
  search::SearchService search_;
  query::ProjectionService projections_;
  query::ReportRpc report_rpc_;
  query::AuditRpc audit_rpc_;
  search::SearchRpc search_rpc_;
  query::ProjectionRpc projection_rpc_;
};

}  // namespace mlup::daemon
