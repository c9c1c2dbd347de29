#include "services/query/audit_rpc.h"

#include "services/rpc/serve.h"

namespace mlup::query {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

Reactor* AuditRpc::GetCaseHistory(Context* context, const audit::v1::GetCaseHistoryRequest* request,
                                  audit::v1::GetCaseHistoryResponse* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return service_.GetCaseHistory(r); });
}

Reactor* AuditRpc::ListAccesses(Context* context, const audit::v1::ListAccessesRequest* request,
                                audit::v1::ListAccessesResponse* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return service_.ListAccesses(r); });
}

grpc::ServerWriteReactor<audit::v1::ExportBundleResponse>* AuditRpc::ExportBundle(
    Context* context, const audit::v1::ExportBundleRequest* request) {
  return rpc::ServePieces<audit::v1::ExportBundleResponse>(
      context, executor_, places_, request,
      [this](const auto& r) { return service_.ExportBundle(r); });
}

}  // namespace mlup::query
