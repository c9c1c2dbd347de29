// Worklists, caseloads, panels of figures and balances, for who may see them.
#pragma once

#include "eventstore/base/status.h"
#include "mlup/dashboards/v1/dashboard_service.pb.h"
#include "services/query/dashboard_reading.h"

namespace mlup::query {

// mlup.dashboards.v1.DashboardService without gRPC. Answers are made from the facts that reports
// are counted from, by definitions (projections/dashboards), so that what was voided, corrected or
// merged is so here too. Of each record it is asked whether a role of the reader reaches it, as
// things are now; counts are of those records alone. Opens no sealed field and names no person.
//
// Any thread; calls wait for the projection. Borrows everything it is built from.
class DashboardService {
 public:
  using Parts = DashboardReading::Parts;

  explicit DashboardService(const Parts& parts) : parts_(parts) {}

  // What dashboard_service.proto says of each.
  absl::StatusOr<dashboards::v1::ListWorklistsResponse> ListWorklists(
      const dashboards::v1::ListWorklistsRequest& request) const;
  absl::StatusOr<dashboards::v1::ListWorklistItemsResponse> ListWorklistItems(
      const dashboards::v1::ListWorklistItemsRequest& request) const;
  absl::StatusOr<dashboards::v1::ListCaseloadsResponse> ListCaseloads(
      const dashboards::v1::ListCaseloadsRequest& request) const;
  absl::StatusOr<dashboards::v1::ListPanelsResponse> ListPanels(
      const dashboards::v1::ListPanelsRequest& request) const;
  absl::StatusOr<dashboards::v1::GetPanelResponse> GetPanel(
      const dashboards::v1::GetPanelRequest& request) const;
  absl::StatusOr<dashboards::v1::ListBalanceResponse> ListBalance(
      const dashboards::v1::ListBalanceRequest& request) const;

 private:
  const Parts parts_;
};

}  // namespace mlup::query
