#include "services/proofs/proof_worker.h"

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include <pthread.h>

#include "eventstore/base/passing.h"
#include "eventstore/base/status.h"

namespace mlup::proofs {
namespace {

// How long one look at an idle log lasts; bounds how long stopping takes.
constexpr absl::Duration kFollowWait = absl::Milliseconds(200);
// Events that come one by one are taken together.
constexpr std::chrono::milliseconds kGatherWait(100);

void Tell(std::string_view event, const absl::Status& status) {
  const std::string line = absl::StrCat(ToAbsl(event), " because=\"", ErrorReason(status), ": ",
                                        status.message(), "\"\n");
  std::fputs(line.c_str(), stderr);
}

}  // namespace

ProofWorker::ProofWorker(ProofService& service, log::EventLog& log)
    : service_(service), log_(log), thread_([this](const std::stop_token& stop) { Run(stop); }) {}

ProofWorker::~ProofWorker() {
  thread_.request_stop();
  stopping_.NotifyAll();
  thread_.join();
  if (const absl::Status signed_last = service_.SignLast(); !signed_last.ok()) {
    Tell("last_checkpoint_not_signed", signed_last);
  }
}

void ProofWorker::Run(const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), "mlup-proofs");
  while (!stop.stop_requested()) {
    const absl::StatusOr<Position> at = service_.KeepUp();
    if (!at.ok() && !IsPassing(at.status())) return Tell("proofs_stopped", at.status());
    // Only a hint: whatever it says, the log is read again.
    if (at.ok()) log_.WaitPast(*at, kFollowWait).status().IgnoreError();
    Pause(stop);
  }
}

void ProofWorker::Pause(const std::stop_token& stop) {
  MutexLock lock(mutex_);
  if (!stop.stop_requested()) stopping_.WaitFor(mutex_, kGatherWait);
}

}  // namespace mlup::proofs
