#include "services/proofs/proof_worker.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/diagnostics.h"
#include "eventstore/base/status.h"

namespace mlup::proofs {
namespace {

std::string WordsOf(const absl::Status& status) {
  return absl::StrCat(ErrorReason(status), ": ", status.message());
}

void TellOf(std::string_view event, const absl::Status& status) {
  Tell(absl::StrCat(ToAbsl(event), " because=\"", WordsOf(status), "\""));
}

}  // namespace

ProofWorker::LastSigner::~LastSigner() {
  if (const absl::Status signed_last = service.SignLast(); !signed_last.ok()) {
    TellOf("last_checkpoint_not_signed", signed_last);
  }
}

ProofWorker::ProofWorker(ProofService& service, log::EventLog& log, Refused refused)
    : service_(service),
      refused_(std::move(refused)),
      last_signer_{service},
      follower_(
          log, "mlup-proofs", [this] { return Work(); },
          [this](const absl::Status& why) { StopWith(why); }) {}

ProofWorker::~ProofWorker() = default;

void ProofWorker::Again() { follower_.Again(); }

projections::Following::State ProofWorker::state() const {
  MutexLock lock(mutex_);
  return state_;
}

absl::StatusOr<projections::Follower::Step> ProofWorker::Work() {
  ASSIGN_OR_RETURN(const projections::Follower::Step step, service_.KeepUp());
  MutexLock lock(mutex_);
  state_.position = step.at;
  state_.head = step.head;
  return step;
}

void ProofWorker::StopWith(const absl::Status& why) {
  {
    MutexLock lock(mutex_);
    state_.stopped_because = WordsOf(why);
  }
  TellOf("proofs_stopped", why);
  if (ErrorReason(why) == "LOG_FORKED") refused_(why);
}

}  // namespace mlup::proofs
