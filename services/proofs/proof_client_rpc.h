// Bundles from the process that holds the log.
#pragma once

#include <memory>
#include <string>

#include <grpcpp/channel.h>

#include "mlup/log/v1/proof_service.grpc.pb.h"
#include "services/proofs/bundle_maker.h"

namespace mlup::proofs {

// Calls ProofService.BuildBundle. Any thread. A bundle has at most kBundleBytesMax bytes and five
// minutes.
class ProofClient final : public BundleMaker {
 public:
  explicit ProofClient(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(log::v1::ProofService::NewStub(channel)) {}

  // What the service says; UNAVAILABLE when it cannot be reached.
  absl::StatusOr<std::string> MakeBundle(const std::string& subject_id) override;

 private:
  const std::unique_ptr<log::v1::ProofService::Stub> stub_;
};

}  // namespace mlup::proofs
