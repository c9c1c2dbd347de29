#include "services/query/report_rpc.h"

namespace mlup::query {

ReportRpc::ReportRpc(ReportService& service, rpc::Executor& executor)
    : Service("mlup.reports.v1.ReportService", executor) {
  Serve("GetReport", service, &ReportService::GetReport);
  Serve("ListEvidence", service, &ReportService::ListEvidence);
  Serve("SumIndicators", service, &ReportService::SumIndicators);
  Serve("ListPeriods", service, &ReportService::ListPeriods);
  Serve("ListKnowledgeDays", service, &ReportService::ListKnowledgeDays);
  Serve("ListIndicators", service, &ReportService::ListIndicators);
  Serve("ListPublishedReports", service, &ReportService::ListPublishedReports);
  Serve("ListQuality", service, &ReportService::ListQuality);
  Serve("GetProjectionStatus", service, &ReportService::GetProjectionStatus);
}

}  // namespace mlup::query
