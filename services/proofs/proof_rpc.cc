#include "services/proofs/proof_rpc.h"

#include "services/rpc/serve.h"

namespace mlup::proofs {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

Reactor* ProofRpc::GetCheckpoint(Context* context, const log::v1::GetCheckpointRequest* request,
                                 log::v1::GetCheckpointResponse* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return service_.GetCheckpoint(r); });
}

Reactor* ProofRpc::GetConsistencyProof(Context* context,
                                       const log::v1::GetConsistencyProofRequest* request,
                                       log::v1::GetConsistencyProofResponse* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return service_.GetConsistencyProof(r); });
}

Reactor* ProofRpc::AddCosignature(Context* context, const log::v1::AddCosignatureRequest* request,
                                  log::v1::AddCosignatureResponse* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return service_.AddCosignature(r); });
}

grpc::ServerWriteReactor<log::v1::BuildBundleResponse>* ProofRpc::BuildBundle(
    Context* context, const log::v1::BuildBundleRequest* request) {
  return rpc::ServePieces<log::v1::BuildBundleResponse>(
      context, executor_, places_, request,
      [this](const auto& r) { return service_.MakeBundle(r.subject_id()); });
}

}  // namespace mlup::proofs
