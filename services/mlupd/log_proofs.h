// The proofs of the log that this process holds.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "projections/following.h"
#include "projections/shared_reader.h"
#include "projections/store/read_model_store.h"
#include "services/mlupd/options.h"
#include "services/proofs/proof_service.h"
#include "services/proofs/proof_worker.h"
#include "services/proofs/signer.h"

namespace mlup::daemon {

// Signing key, index in `<data>/proofs`, service and worker, from construction to destruction, when
// a last checkpoint is signed. An index that is missing is made while all else is served; where it
// shows that the log is another one than was vouched for, the process ends, and the next start is
// refused.
//
// Any thread may call service() and progress(). Borrows the rest.
class LogProofs {
 public:
  // Makes the signing key at the first start, and checks that the log is the one that was vouched
  // for: see ProofService. FAILED_PRECONDITION SIGNING_KEY_MISSING where the log was
  // signed and the key is not there.
  static absl::StatusOr<std::unique_ptr<LogProofs>> Open(const ServeOptions& options,
                                                         projections::SharedReader& reader,
                                                         const Clock& clock, Random& random);

  ~LogProofs() { rows_->WhenDamaged(nullptr); }

  proofs::ProofService& service() { return *service_; }
  const projections::Following& progress() const { return *worker_; }

 private:
  LogProofs(std::unique_ptr<projections::ReadModelStore> rows, proofs::Signer signer)
      : rows_(std::move(rows)), signer_(std::move(signer)) {}

  const std::unique_ptr<projections::ReadModelStore> rows_;
  const proofs::Signer signer_;
  std::unique_ptr<proofs::ProofService> service_;
  std::unique_ptr<proofs::ProofWorker> worker_;
};

}  // namespace mlup::daemon
