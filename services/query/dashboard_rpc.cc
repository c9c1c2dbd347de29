#include "services/query/dashboard_rpc.h"

namespace mlup::query {

DashboardRpc::DashboardRpc(DashboardService& service, rpc::Executor& executor)
    : Service("mlup.dashboards.v1.DashboardService", executor) {
  Serve("ListWorklists", service, &DashboardService::ListWorklists);
  Serve("ListWorklistItems", service, &DashboardService::ListWorklistItems);
  Serve("ListCaseloads", service, &DashboardService::ListCaseloads);
  Serve("ListPanels", service, &DashboardService::ListPanels);
  Serve("GetPanel", service, &DashboardService::GetPanel);
  Serve("ListBalance", service, &DashboardService::ListBalance);
}

}  // namespace mlup::query
