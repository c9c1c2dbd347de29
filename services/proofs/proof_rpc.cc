#include "services/proofs/proof_rpc.h"

#include "mlup/log/v1/proof_service.pb.h"

namespace mlup::proofs {

namespace pb = ::mlup::log::v1;

ProofRpc::ProofRpc(ProofService& service, rpc::Executor& executor)
    : Service("mlup.log.v1.ProofService", executor) {
  Serve("GetCheckpoint", service, &ProofService::GetCheckpoint);
  Serve("GetConsistencyProof", service, &ProofService::GetConsistencyProof);
  Serve("AddCosignature", service, &ProofService::AddCosignature);
  ServerStream("BuildBundle", [this, &service](log::StreamCall& call) {
    return rpc::ServePieces<pb::BuildBundleRequest, pb::BuildBundleResponse>(
        call, this->executor(), places_,
        [&service](const auto& r) { return service.MakeBundle(r.subject_id()); });
  });
}

}  // namespace mlup::proofs
