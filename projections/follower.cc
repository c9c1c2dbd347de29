#include "projections/follower.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "eventstore/base/background.h"
#include "eventstore/base/passing.h"

namespace mlup::projections {
namespace {

// How long one look at an idle log lasts; bounds how long stopping takes.
constexpr absl::Duration kIdleLook = absl::Milliseconds(200);
// How often the log is looked at while events gather.
constexpr absl::Duration kGatherLook = absl::Milliseconds(25);
constexpr absl::Duration kRetryWait = absl::Milliseconds(200);

// Never goes back, and means nothing outside this file.
absl::Time Now() {
  return absl::UnixEpoch() + absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

Follower::Follower(log::EventLog& log, std::string name, Work work, Stopped stopped)
    : log_(log),
      name_(std::move(name)),
      work_(std::move(work)),
      stopped_(std::move(stopped)),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

Follower::~Follower() {
  // A wait that begins just now is a short one.
  thread_.request_stop();
  changed_.NotifyAll();
}

void Follower::Ask(Position position) {
  {
    MutexLock lock(mutex_);
    gather_.Ask(position);
    if (!gather_.IsAsked()) return;
  }
  changed_.NotifyAll();
}

void Follower::Again() {
  {
    MutexLock lock(mutex_);
    again_ = true;
  }
  changed_.NotifyAll();
}

void Follower::Run(const std::stop_token& stop) {
  RunInBackground(name_.c_str());
  while (!stop.stop_requested()) {
    const absl::StatusOr<Step> step = work_();
    if (!step.ok()) {
      if (!IsPassing(step.status())) return stopped_(step.status());
      Pause(stop, kRetryWait);
    } else if (step->at >= step->head) {
      Rest(stop, *step);
    }
  }
}

void Follower::Rest(const std::stop_token& stop, const Step& last) {
  {
    MutexLock lock(mutex_);
    gather_.Worked(last.at, Now());
  }
  const absl::Time again = Now() + last.again;
  bool has_new = false;
  while (!stop.stop_requested()) {
    {
      MutexLock lock(mutex_);
      const absl::Time now = Now();
      if (gather_.IsDue(now) || now >= again || std::exchange(again_, false)) return;
      has_new = gather_.HasNew();
      const absl::Duration look = std::min(kGatherLook, gather_.Left(now));
      if (has_new) changed_.WaitFor(mutex_, absl::ToChronoNanoseconds(look));
    }
    if (!Look(last.at, has_new)) Pause(stop, kRetryWait);
  }
}

bool Follower::Look(Position after, bool has_new) {
  // Who does not wait takes no lock that appends take.
  const absl::StatusOr<Position> head = has_new ? log_.Head() : log_.WaitPast(after, kIdleLook);
  if (!head.ok()) return false;
  MutexLock lock(mutex_);
  gather_.Saw(*head, Now());
  return true;
}

void Follower::Pause(const std::stop_token& stop, absl::Duration time) {
  MutexLock lock(mutex_);
  if (!stop.stop_requested()) changed_.WaitFor(mutex_, absl::ToChronoNanoseconds(time));
}

}  // namespace mlup::projections
