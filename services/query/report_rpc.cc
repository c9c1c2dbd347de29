#include "services/query/report_rpc.h"

#include "services/rpc/serve.h"

namespace mlup::query {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

Reactor* ReportRpc::GetReport(Context* context, const reports::v1::GetReportRequest* request,
                              reports::v1::GetReportResponse* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return service_.GetReport(r); });
}

Reactor* ReportRpc::ListEvidence(Context* context, const reports::v1::ListEvidenceRequest* request,
                                 reports::v1::ListEvidenceResponse* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return service_.ListEvidence(r); });
}

Reactor* ReportRpc::SumIndicators(Context* context,
                                  const reports::v1::SumIndicatorsRequest* request,
                                  reports::v1::SumIndicatorsResponse* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return service_.SumIndicators(r); });
}

Reactor* ReportRpc::ListPeriods(Context* context, const reports::v1::ListPeriodsRequest* request,
                                reports::v1::ListPeriodsResponse* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return service_.ListPeriods(r); });
}

Reactor* ReportRpc::ListKnowledgeDays(Context* context,
                                      const reports::v1::ListKnowledgeDaysRequest* request,
                                      reports::v1::ListKnowledgeDaysResponse* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return service_.ListKnowledgeDays(r); });
}

Reactor* ReportRpc::ListIndicators(Context* context,
                                   const reports::v1::ListIndicatorsRequest* request,
                                   reports::v1::ListIndicatorsResponse* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return service_.ListIndicators(r); });
}

Reactor* ReportRpc::ListQuality(Context* context, const reports::v1::ListQualityRequest* request,
                                reports::v1::ListQualityResponse* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return service_.ListQuality(r); });
}

Reactor* ReportRpc::GetProjectionStatus(Context* context,
                                        const reports::v1::GetProjectionStatusRequest* request,
                                        reports::v1::GetProjectionStatusResponse* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return service_.GetProjectionStatus(r); });
}

}  // namespace mlup::query
