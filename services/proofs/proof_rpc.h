// ProofService over gRPC.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "eventstore/base/limits.h"
#include "mlup/log/v1/proof_service.grpc.pb.h"
#include "services/proofs/proof_service.h"
#include "services/rpc/executor.h"
#include "services/rpc/serve_pieces.h"

namespace mlup::proofs {

// Hands each call to the service of the same name on the executor. gRPC's threads call it. Borrows
// both. At most kBundlesMax bundles are on their way at once.
class ProofRpc final : public log::v1::ProofService::CallbackService {
 public:
  ProofRpc(ProofService& service, rpc::Executor& executor)
      : service_(service), executor_(executor) {}

  grpc::ServerUnaryReactor* GetCheckpoint(grpc::CallbackServerContext* context,
                                          const log::v1::GetCheckpointRequest* request,
                                          log::v1::GetCheckpointResponse* response) override;
  grpc::ServerUnaryReactor* GetConsistencyProof(
      grpc::CallbackServerContext* context, const log::v1::GetConsistencyProofRequest* request,
      log::v1::GetConsistencyProofResponse* response) override;
  grpc::ServerUnaryReactor* AddCosignature(grpc::CallbackServerContext* context,
                                           const log::v1::AddCosignatureRequest* request,
                                           log::v1::AddCosignatureResponse* response) override;
  grpc::ServerWriteReactor<log::v1::BuildBundleResponse>* BuildBundle(
      grpc::CallbackServerContext* context, const log::v1::BuildBundleRequest* request) override;

 private:
  ProofService& service_;
  rpc::Executor& executor_;
  rpc::Places places_{kBundlesMax};
};

}  // namespace mlup::proofs
