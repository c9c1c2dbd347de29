#include "services/proofs/proof_client_rpc.h"

#include "absl/strings/str_cat.h"
#include <grpc/support/time.h>
#include <grpcpp/client_context.h>

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/client/grpc_status.h"

namespace mlup::proofs {
namespace {

constexpr std::int64_t kTimeoutMs = std::int64_t{5} * 60 * 1000;

}  // namespace

absl::StatusOr<std::string> ProofClient::MakeBundle(const std::string& subject_id) {
  grpc::ClientContext context;
  // A span, which gRPC adds to its own monotonic clock.
  context.set_deadline(gpr_time_from_millis(kTimeoutMs, GPR_TIMESPAN));
  log::v1::BuildBundleRequest request;
  request.set_subject_id(subject_id);
  const auto pieces = stub_->BuildBundle(&context, request);
  std::string bytes;
  log::v1::BuildBundleResponse piece;
  while (pieces->Read(&piece)) {
    bytes += piece.data();
    if (bytes.size() <= kBundleBytesMax) continue;
    context.TryCancel();
    pieces->Finish();
    return Error(absl::StatusCode::kResourceExhausted, "BUNDLE_TOO_LARGE",
                 absl::StrCat("a bundle has at most ", kBundleBytesMax, " bytes"));
  }
  RETURN_IF_ERROR(log::FromGrpc(pieces->Finish()));
  return bytes;
}

}  // namespace mlup::proofs
