// ReportService over gRPC.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "mlup/reports/v1/report_service.grpc.pb.h"
#include "services/query/report_service.h"
#include "services/rpc/executor.h"

namespace mlup::query {

// Hands each call to the service of the same name on the executor. gRPC's threads call it. Borrows
// both.
class ReportRpc final : public reports::v1::ReportService::CallbackService {
 public:
  ReportRpc(ReportService& service, rpc::Executor& executor)
      : service_(service), executor_(executor) {}

  grpc::ServerUnaryReactor* GetReport(grpc::CallbackServerContext* context,
                                      const reports::v1::GetReportRequest* request,
                                      reports::v1::GetReportResponse* response) override;
  grpc::ServerUnaryReactor* ListEvidence(grpc::CallbackServerContext* context,
                                         const reports::v1::ListEvidenceRequest* request,
                                         reports::v1::ListEvidenceResponse* response) override;
  grpc::ServerUnaryReactor* SumIndicators(grpc::CallbackServerContext* context,
                                          const reports::v1::SumIndicatorsRequest* request,
                                          reports::v1::SumIndicatorsResponse* response) override;
  grpc::ServerUnaryReactor* ListPeriods(grpc::CallbackServerContext* context,
                                        const reports::v1::ListPeriodsRequest* request,
                                        reports::v1::ListPeriodsResponse* response) override;
  grpc::ServerUnaryReactor* ListKnowledgeDays(
      grpc::CallbackServerContext* context, const reports::v1::ListKnowledgeDaysRequest* request,
      reports::v1::ListKnowledgeDaysResponse* response) override;
  grpc::ServerUnaryReactor* ListIndicators(grpc::CallbackServerContext* context,
                                           const reports::v1::ListIndicatorsRequest* request,
                                           reports::v1::ListIndicatorsResponse* response) override;
  grpc::ServerUnaryReactor* ListQuality(grpc::CallbackServerContext* context,
                                        const reports::v1::ListQualityRequest* request,
                                        reports::v1::ListQualityResponse* response) override;
  grpc::ServerUnaryReactor* GetProjectionStatus(
      grpc::CallbackServerContext* context, const reports::v1::GetProjectionStatusRequest* request,
      reports::v1::GetProjectionStatusResponse* response) override;

 private:
  ReportService& service_;
  rpc::Executor& executor_;
};

}  // namespace mlup::query
