// The services that read the read models.
#pragma once

#include <vector>

#include "services/exports/export_rpc.h"
#include "services/query/audit_rpc.h"
#include "services/query/dashboard_rpc.h"
#include "services/query/projection_rpc.h"
#include "services/query/report_rpc.h"
#include "services/search/search_rpc.h"

namespace mlup::daemon {

// Reports, dashboards, read models, exports, histories and searches, each with its gRPC adapter.
// Borrows everything it is built from.
class Queries {
 public:
  Queries(const query::ReportService::Parts& reports, const query::AuditService::Parts& audit,
          const search::SearchService::Parts& search,
          const query::ProjectionService::Parts& projections, rpc::Executor& executor)
      : reports_(reports),
        exports_({reports.log, reports.policy, reports.definitions, reports_, reports.disclosure,
                  audit.keyring, reports.clock}),
        drafts_(reports.log),
        dashboards_({reports.policy, reports_, drafts_, reports.clock}),
        audit_(audit),
        search_(search),
        projections_(projections),
        report_rpc_(reports_, executor),
        export_rpc_(exports_, executor),
        dashboard_rpc_(dashboards_, executor),
        audit_rpc_(audit_, executor),
        search_rpc_(search_, executor),
        projection_rpc_(projections_, executor) {}

  query::AuditService& audit() { return audit_; }
  const query::ReportService& reports() const { return reports_; }

  void AddTo(std::vector<log::RpcService*>& services) {
    services.push_back(&report_rpc_);
    services.push_back(&export_rpc_);
    services.push_back(&dashboard_rpc_);
    services.push_back(&audit_rpc_);
    services.push_back(&search_rpc_);
    services.push_back(&projection_rpc_);
  }

 private:
  query::ReportService reports_;
  exports::ExportService exports_;
  query::RefusedDrafts drafts_;
  query::DashboardService dashboards_;
  query::AuditService audit_;
  search::SearchService search_;
  query::ProjectionService projections_;
  query::ReportRpc report_rpc_;
  exports::ExportRpc export_rpc_;
  query::DashboardRpc dashboard_rpc_;
  query::AuditRpc audit_rpc_;
  search::SearchRpc search_rpc_;
  query::ProjectionRpc projection_rpc_;
};

}  // namespace mlup::daemon
