// ProofService over gRPC.
#pragma once

#include "eventstore/base/limits.h"
#include "eventstore/server/rpc_service.h"
#include "services/proofs/proof_service.h"
#include "services/rpc/executor.h"
#include "services/rpc/serve_pieces.h"

namespace mlup::proofs {

// Hands each call to the service of the same name on the executor. Served by one log::RpcQueue.
// Borrows both. At most kBundlesMax bundles are on their way at once.
class ProofRpc final : public log::RpcService {
 public:
  ProofRpc(ProofService& service, rpc::Executor& executor);

 private:
  ProofService& service_;
  rpc::Executor& executor_;
  rpc::Places places_{kBundlesMax};
};

}  // namespace mlup::proofs
