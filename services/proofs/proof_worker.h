// Keeps the proofs up with the log.
#pragma once

#include <stop_token>
#include <thread>

#include "absl/time/time.h"

#include "eventstore/base/mutex.h"
#include "eventstore/log/event_log.h"
#include "services/proofs/proof_service.h"

namespace mlup::proofs {

// Calls ProofService::KeepUp() as the log grows, and SignLast() at its end, when nothing is
// appended any more. An error that trying again cannot mend stops it and is told on standard error:
// proofs are then made on request only, and say the same.
//
// Owns its thread, from construction to destruction. Borrows the rest, which must outlive it.
class ProofWorker {
 public:
  ProofWorker(ProofService& service, log::EventLog& log);
  ~ProofWorker();
  ProofWorker(const ProofWorker&) = delete;
  ProofWorker& operator=(const ProofWorker&) = delete;

 private:
  void Run(const std::stop_token& stop);
  void Pause(const std::stop_token& stop);

  ProofService& service_;
  log::EventLog& log_;

  Mutex mutex_;
  Condition stopping_;

  std::jthread thread_;
};

}  // namespace mlup::proofs
