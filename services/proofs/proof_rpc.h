// ProofService over gRPC.
#pragma once

#include "eventstore/base/limits.h"
#include "services/proofs/proof_service.h"
#include "services/rpc/serve.h"
#include "services/rpc/serve_pieces.h"

namespace mlup::proofs {

// Hands each call to the service of the same name on the executor. Borrows both. At most
// kBundlesMax bundles are on their way at once.
class ProofRpc final : public rpc::Service {
 public:
  ProofRpc(ProofService& service, rpc::Executor& executor);

 private:
  rpc::Places places_{kBundlesMax};
};

}  // namespace mlup::proofs
