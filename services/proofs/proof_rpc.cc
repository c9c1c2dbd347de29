#include "services/proofs/proof_rpc.h"

#include "mlup/log/v1/proof_service.pb.h"
#include "services/rpc/serve_queued.h"
#include "services/rpc/serve_queued_pieces.h"

namespace mlup::proofs {

namespace pb = ::mlup::log::v1;

ProofRpc::ProofRpc(ProofService& service, rpc::Executor& executor)
    : RpcService("mlup.log.v1.ProofService"), service_(service), executor_(executor) {
  WatchedUnary<pb::GetCheckpointRequest>(
      "GetCheckpoint", [this](log::UnaryCall& call, const pb::GetCheckpointRequest& request) {
        rpc::ServeQueued<pb::GetCheckpointResponse>(
            call, executor_, request, [this](const auto& r) { return service_.GetCheckpoint(r); });
      });
  WatchedUnary<pb::GetConsistencyProofRequest>(
      "GetConsistencyProof",
      [this](log::UnaryCall& call, const pb::GetConsistencyProofRequest& request) {
        rpc::ServeQueued<pb::GetConsistencyProofResponse>(
            call, executor_, request,
            [this](const auto& r) { return service_.GetConsistencyProof(r); });
      });
  WatchedUnary<pb::AddCosignatureRequest>(
      "AddCosignature", [this](log::UnaryCall& call, const pb::AddCosignatureRequest& request) {
        rpc::ServeQueued<pb::AddCosignatureResponse>(
            call, executor_, request, [this](const auto& r) { return service_.AddCosignature(r); });
      });
  ServerStream("BuildBundle", [this](log::StreamCall& call) {
    return rpc::ServeQueuedPieces<pb::BuildBundleRequest, pb::BuildBundleResponse>(
        call, executor_, places_,
        [this](const auto& r) { return service_.MakeBundle(r.subject_id()); });
  });
}

}  // namespace mlup::proofs
