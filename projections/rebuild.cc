#include "projections/rebuild.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/background.h"
#include "eventstore/base/diagnostics.h"
#include "eventstore/base/passing.h"
#include "projections/history_token.h"

namespace mlup::projections {
namespace {

using reports::v1::RebuildStatus;

constexpr auto kRetryWait = std::chrono::milliseconds(200);
// Events that may be missing when whoever keeps the rows up waits for the switch.
constexpr std::uint64_t kNear = 256;
// Keys that are told where rows differ.
constexpr std::size_t kKeysTold = 10;

absl::Status ToldToStop() { return absl::CancelledError("told to stop"); }

absl::Status NotRunning(std::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, "REBUILD_NOT_RUNNING", ToStd(ToAbsl(why)));
}

// A rebuild gives room back; it does not wait for it as whoever writes what must be written.
bool MayPass(const absl::Status& status) {
  return IsPassing(status) && !absl::IsResourceExhausted(status);
}

}  // namespace

Rebuild::Rebuild(Parts parts) : parts_(std::move(parts)) {
  const std::optional<Asked> asked = parts_.rows.rebuild();
  if (!asked) return;
  MutexLock lock(mutex_);
  Start(*asked);
}

Rebuild::~Rebuild() {
  std::jthread running;
  {
    MutexLock lock(mutex_);
    running = std::move(thread_);
    running.request_stop();
    changed_.NotifyAll();
  }
}

absl::Status Rebuild::Begin(const Asked& asked) {
  MutexLock lock(mutex_);
  if (running_) {
    return Error(
        absl::StatusCode::kFailedPrecondition, "REBUILD_RUNNING",
        absl::StrCat(ToAbsl(parts_.projection.name()),
                     " is being made anew already: `mlup projections list` shows how far"));
  }
  RETURN_IF_ERROR(parts_.rows.CheckRoomForAll());
  RETURN_IF_ERROR(parts_.rows.Beside(asked).status());
  Start(asked);
  return absl::OkStatus();
}

absl::Status Rebuild::Cancel() {
  MutexLock lock(mutex_);
  if (!running_) return NotRunning("nothing is being made anew");
  if (status_->phase() == reports::v1::REBUILD_PHASE_RECORDING) {
    return NotRunning("the new rows are served already");
  }
  cancelled_ = true;
  thread_.request_stop();
  changed_.NotifyAll();
  return absl::OkStatus();
}

std::optional<RebuildStatus> Rebuild::status() const {
  MutexLock lock(mutex_);
  return status_;
}

void Rebuild::Start(const Asked& asked) {
  status_.emplace();
  status_->set_rebuild_id(asked.rebuild_id());
  status_->set_actor_id(asked.actor().actor_id());
  status_->set_reason(asked.reason());
  status_->set_compare_only(asked.compare_only());
  status_->set_phase(reports::v1::REBUILD_PHASE_MAKING);
  if (asked.has_done()) {
    status_->set_phase(reports::v1::REBUILD_PHASE_RECORDING);
    status_->set_position(asked.done().position());
    status_->set_digest_served(asked.done().digest_from());
    status_->set_digest_made(asked.done().digest_to());
  }
  begun_.reset();
  running_ = true;
  cancelled_ = false;
  // The one before has ended but for its last lines.
  thread_ = std::jthread([this, asked](const std::stop_token& stop) { Run(stop, asked); });
}

void Rebuild::Run(const std::stop_token& stop, Asked asked) {
  RunInBackground("mlup-rebuild");
  absl::Status worked = Work(stop, asked);
  while (MayPass(worked) && Pause(stop).ok()) worked = Work(stop, asked);
  if (!worked.ok() && stop.stop_requested()) {
    worked = ToldToStop();
    MutexLock lock(mutex_);
    // The process ends, and the next one goes on.
    if (!cancelled_) return;
  }
  End(asked, worked);
}

absl::Status Rebuild::Work(const std::stop_token& stop, Asked& asked) {
  if (!asked.has_done()) {
    ASSIGN_OR_RETURN(RocksRows* const made, parts_.rows.Beside(asked));
    ASSIGN_OR_RETURN(const Checkpoint at, Verify(*made));
    Making making{Fold(parts_.reader, parts_.projection), *made, at};
    ASSIGN_OR_RETURN(const Compared compared, MakeAndCompare(stop, making));
    if (asked.compare_only()) return absl::OkStatus();
    RETURN_IF_ERROR(Switch(stop, making, compared, asked));
  }
  return RecordDone(stop, asked);
}

absl::StatusOr<Checkpoint> Rebuild::Verify(RocksRows& made) {
  Checkpoint at = made.TakeSnapshot()->checkpoint();
  if (at.position.value > 0) {
    ASSIGN_OR_RETURN(const bool is_ours, Holds(parts_.reader.log(), at));
    if (!is_ours) {
      RETURN_IF_ERROR(made.Clear());
      at = {};
    }
  }
  MutexLock lock(mutex_);
  if (!begun_) {
    begun_ = std::chrono::steady_clock::now();
    status_->set_resumed_from(at.position.value);
  }
  return at;
}

absl::StatusOr<Rebuild::Compared> Rebuild::MakeAndCompare(const std::stop_token& stop,
                                                          Making& making) {
  while (!stop.stop_requested()) {
    const std::unique_ptr<Snapshot> served = parts_.rows.TakeSnapshot();
    const Position up_to = served->checkpoint().position;
    ShowProgress(making.at.position, up_to);
    if (making.at.position == up_to) {
      RETURN_IF_ERROR(making.rows.Settle(stop));
      Show(reports::v1::REBUILD_PHASE_COMPARING);
      return Compare(stop, *served, *making.rows.TakeSnapshot());
    }
    if (making.at.position < up_to) {
      ASSIGN_OR_RETURN(const bool advanced, Advance(making, up_to));
      if (advanced) continue;
    } else if (!parts_.worker.state().stopped_because.empty()) {
      return Error(absl::StatusCode::kFailedPrecondition, "PROJECTION_STOPPED",
                   "the rows that are served are behind and stopped: nothing to compare with");
    }
    // A crash took the last of those that are served, and they come again.
    RETURN_IF_ERROR(Pause(stop));
  }
  return ToldToStop();
}

absl::StatusOr<Rebuild::Compared> Rebuild::Compare(const std::stop_token& stop,
                                                   const Snapshot& served, const Snapshot& made) {
  Compared compared;
  compared.position = served.checkpoint().position;
  ASSIGN_OR_RETURN(compared.digest_made, DigestRows(made, stop));
  const absl::StatusOr<std::string> digest_served = DigestRows(served, stop);
  // Damage is no reason against new rows.
  if (digest_served.ok()) compared.digest_served = *digest_served;
  if (!digest_served.ok() && !absl::IsDataLoss(digest_served.status())) {
    return digest_served.status();
  }
  std::vector<std::string> keys;
  if (digest_served.ok() && compared.digest_served != compared.digest_made) {
    ASSIGN_OR_RETURN(keys, DifferingKeys(served, made, kKeysTold, stop));
  }
  MutexLock lock(mutex_);
  status_->set_position(compared.position.value);
  status_->set_digest_served(compared.digest_served);
  status_->set_digest_made(compared.digest_made);
  for (const std::string& key : keys) status_->add_differing_keys(absl::CHexEscape(key));
  return compared;
}

absl::Status Rebuild::Switch(const std::stop_token& stop, Making& making, const Compared& compared,
                             Asked& asked) {
  const auto served = [this] { return parts_.rows.TakeSnapshot()->checkpoint().position; };
  for (Position up_to = served(); making.at.position.value + kNear < up_to.value;
       up_to = served()) {
    if (stop.stop_requested()) return ToldToStop();
    ASSIGN_OR_RETURN(const bool advanced, Advance(making, up_to));
    if (!advanced) RETURN_IF_ERROR(Pause(stop));
  }
  return parts_.worker.Between([&]() -> absl::Status {
    for (bool advanced = true; advanced && making.at.position < served();) {
      ASSIGN_OR_RETURN(advanced, Advance(making, served()));
    }
    if (making.at.position < served()) {
      return Error(
          absl::StatusCode::kUnavailable, "LOG_BEHIND",
          absl::StrCat("the log does not give event ", Next(making.at.position).value, " now"));
    }
    {
      MutexLock lock(mutex_);
      if (cancelled_) return ToldToStop();
      // From here on nobody can cancel it.
      status_->set_phase(reports::v1::REBUILD_PHASE_RECORDING);
    }
    Asked switched = asked;
    reports::v1::ProjectionRebuilt& done = *switched.mutable_done();
    done.set_name(std::string(parts_.projection.name()));
    done.set_version(parts_.projection.version());
    done.set_position(compared.position.value);
    done.set_digest_from(compared.digest_served);
    done.set_digest_to(compared.digest_made);
    RETURN_IF_ERROR(parts_.rows.Switch(switched, compared.digest_served == compared.digest_made));
    asked = switched;
    return absl::OkStatus();
  });
}

absl::StatusOr<bool> Rebuild::Advance(Making& making, Position up_to) {
  RETURN_IF_ERROR(parts_.rows.CheckRoomForSome());
  ASSIGN_OR_RETURN(const Fold::Batch batch, making.fold.Take(making.at, up_to));
  if (batch.events > 0) {
    RETURN_IF_ERROR(making.rows.Commit(batch.rows, batch.at));
    making.at = batch.at;
  }
  RETURN_IF_ERROR(batch.poison);
  return batch.events > 0;
}

absl::Status Rebuild::RecordDone(const std::stop_token& stop, const Asked& asked) {
  while (!stop.stop_requested()) {
    const absl::Status recorded = parts_.record(asked);
    if (recorded.ok()) return absl::OkStatus();
    Show(reports::v1::REBUILD_PHASE_RECORDING, ToStd(recorded.message()));
    RETURN_IF_ERROR(Pause(stop));
  }
  return ToldToStop();
}

void Rebuild::End(const Asked& asked, const absl::Status& why) {
  // What cannot be written now is seen to at the next start.
  parts_.rows.End().IgnoreError();
  auto phase = reports::v1::REBUILD_PHASE_DONE;
  if (absl::IsCancelled(why)) phase = reports::v1::REBUILD_PHASE_CANCELLED;
  std::string because;
  if (!why.ok() && !absl::IsCancelled(why)) {
    phase = reports::v1::REBUILD_PHASE_STOPPED;
    because = absl::StrCat(ErrorReason(why), ": ", why.message());
    Tell(absl::StrCat("projection_rebuild_stopped name=", ToAbsl(parts_.projection.name()),
                      " because=\"", because, "\""));
  } else if (phase == reports::v1::REBUILD_PHASE_DONE && !asked.compare_only()) {
    Tell(absl::StrCat("projection_rebuilt name=", ToAbsl(parts_.projection.name()),
                      " by=", asked.actor().actor_id(), " same=",
                      asked.done().digest_from() == asked.done().digest_to() ? "yes" : "no"));
  }
  MutexLock lock(mutex_);
  status_->set_phase(phase);
  status_->set_because(because);
  running_ = false;
}

void Rebuild::Show(reports::v1::RebuildPhase phase, std::string_view because) {
  MutexLock lock(mutex_);
  status_->set_phase(phase);
  status_->set_because(std::string(because));
}

void Rebuild::ShowProgress(Position at, Position of) {
  MutexLock lock(mutex_);
  const std::uint64_t total = std::max(at.value, of.value);
  status_->set_events_done(at.value);
  status_->set_events_total(total);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - *begun_;
  const double rate =
      static_cast<double>(at.value - status_->resumed_from()) / std::max(taken.count(), 0.001);
  status_->set_events_per_second(rate);
  status_->set_seconds_left(
      rate > 0 ? static_cast<std::uint64_t>(static_cast<double>(total - at.value) / rate) : 0);
}

absl::Status Rebuild::Pause(const std::stop_token& stop) {
  MutexLock lock(mutex_);
  if (!stop.stop_requested()) changed_.WaitFor(mutex_, kRetryWait);
  return stop.stop_requested() ? ToldToStop() : absl::OkStatus();
}

}  // namespace mlup::projections
