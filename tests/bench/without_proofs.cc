// Takes the place of services/proofs/proof_worker.cc: a daemon whose log is never folded.
#include <utility>

#include "eventstore/base/status.h"
#include "services/proofs/proof_worker.h"

namespace mlup::proofs {

ProofWorker::LastSigner::~LastSigner() = default;

ProofWorker::ProofWorker(ProofService& service, log::EventLog& log, Refused refused)
    : service_(service),
      refused_(std::move(refused)),
      last_signer_{service},
      follower_(
          log, "mlup-no-proofs", [this] { return Work(); },
          [this](const absl::Status& why) { StopWith(why); }) {}

ProofWorker::~ProofWorker() = default;

void ProofWorker::Again() {}

projections::Following::State ProofWorker::state() const {
  MutexLock lock(mutex_);
  return state_;
}

// Ends the thread at once.
absl::StatusOr<projections::Follower::Step> ProofWorker::Work() {
  static_cast<void>(service_);  // which the daemon's would fold
  return absl::InternalError("this daemon is for measuring");
}

void ProofWorker::StopWith(const absl::Status& why) {
  MutexLock lock(mutex_);
  state_.stopped_because = std::string(why.message());
}

}  // namespace mlup::proofs
