// Keeps the proofs up with the log.
#pragma once

#include <functional>
#include <string_view>

#include "eventstore/base/mutex.h"
#include "eventstore/log/event_log.h"
#include "projections/follower.h"
#include "projections/following.h"
#include "services/proofs/proof_service.h"

namespace mlup::proofs {

// Calls ProofService::KeepUp() as the log grows (projections/follower.h), and SignLast() at its
// end, when nothing is appended any more. An error that trying again cannot mend stops it and is
// told on standard error: proofs are then made on request only, and say the same. Where the log
// turns out to be another one than was vouched for, `refused` is told, on the worker's thread.
//
// Owns its thread, from construction to destruction. Borrows the rest, which must outlive it. Any
// thread may ask for its state.
class ProofWorker final : public projections::Following {
 public:
  using Refused = std::function<void(const absl::Status& why)>;

  ProofWorker(ProofService& service, log::EventLog& log, Refused refused);
  ~ProofWorker() override;

  // The index met damage: it is made anew.
  void Again();

  State state() const override;
  std::string_view name() const override { return "proofs"; }

 private:
  absl::StatusOr<projections::Follower::Step> Work();
  void StopWith(const absl::Status& why);

  ProofService& service_;
  const Refused refused_;

  mutable Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_);

  // Signs the last checkpoint when the follower has ended.
  struct LastSigner {
    ProofService& service;
    // NOLINTNEXTLINE(performance-trivially-destructible): only where the bench leaves proofs out.
    ~LastSigner();
  };
  const LastSigner last_signer_;
  projections::Follower follower_;
};

}  // namespace mlup::proofs
