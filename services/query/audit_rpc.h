// AuditService over gRPC.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "eventstore/base/limits.h"
#include "mlup/audit/v1/audit.grpc.pb.h"
#include "services/query/audit_service.h"
#include "services/rpc/executor.h"
#include "services/rpc/serve_pieces.h"

namespace mlup::query {

// Hands each call to the service of the same name on the executor. gRPC's threads call it. Borrows
// both. At most kBundlesMax bundles are on their way at once.
class AuditRpc final : public audit::v1::AuditService::CallbackService {
 public:
  AuditRpc(AuditService& service, rpc::Executor& executor)
      : service_(service), executor_(executor) {}

  grpc::ServerUnaryReactor* GetCaseHistory(grpc::CallbackServerContext* context,
                                           const audit::v1::GetCaseHistoryRequest* request,
                                           audit::v1::GetCaseHistoryResponse* response) override;
  grpc::ServerUnaryReactor* ListAccesses(grpc::CallbackServerContext* context,
                                         const audit::v1::ListAccessesRequest* request,
                                         audit::v1::ListAccessesResponse* response) override;
  grpc::ServerWriteReactor<audit::v1::ExportBundleResponse>* ExportBundle(
      grpc::CallbackServerContext* context, const audit::v1::ExportBundleRequest* request) override;

 private:
  AuditService& service_;
  rpc::Executor& executor_;
  rpc::Places places_{kBundlesMax};
};

}  // namespace mlup::query
