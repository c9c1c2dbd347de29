#include "services/query/audit_rpc.h"

namespace mlup::query {

namespace pb = ::mlup::audit::v1;

AuditRpc::AuditRpc(AuditService& service, rpc::Executor& executor)
    : Service("mlup.audit.v1.AuditService", executor) {
  Serve("GetCaseHistory", service, &AuditService::GetCaseHistory);
  Serve("ListAccesses", service, &AuditService::ListAccesses);
  ServerStream("ExportBundle", [this, &service](log::StreamCall& call) {
    return rpc::ServePieces<pb::ExportBundleRequest, pb::ExportBundleResponse>(
        call, this->executor(), places_,
        [&service](const auto& r) { return service.ExportBundle(r); });
  });
}

}  // namespace mlup::query
