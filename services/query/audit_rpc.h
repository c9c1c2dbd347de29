// AuditService over gRPC.
#pragma once

#include "eventstore/base/limits.h"
#include "services/query/audit_service.h"
#include "services/rpc/serve.h"
#include "services/rpc/serve_pieces.h"

namespace mlup::query {

// Hands each call to the service of the same name on the executor. Borrows both. At most
// kBundlesMax bundles are on their way at once.
class AuditRpc final : public rpc::Service {
 public:
  AuditRpc(AuditService& service, rpc::Executor& executor);

 private:
  rpc::Places places_{kBundlesMax};
};

}  // namespace mlup::query
