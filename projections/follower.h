// The thread of whatever is kept up with the log.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <thread>

#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "projections/gather.h"

namespace mlup::projections {

// Calls `work` while there is something to do and rests else: without events it waits for the log
// to move, and once it has it lets events gather (gather.h). Runs in the background
// (eventstore/base/background.h). A passing error is tried again a little later; any other ends the
// work.
//
// Owns its thread, from construction to destruction, which takes as long as the work at hand. Ask()
// from any thread, the functions on its own only. Borrows the log.
class Follower {
 public:
  // How far the work is, and where the log ends.
  struct Step {
    Position at;
    Position head;
    // When the work is to be called again at the latest, whatever comes.
    absl::Duration again = absl::InfiniteDuration();
  };
  // Does what may be done without a pause, and can be called again after any error.
  using Work = std::function<absl::StatusOr<Step>()>;
  using Stopped = std::function<void(const absl::Status& why)>;

  // `name` is the thread's, at most 15 characters.
  Follower(log::EventLog& log, std::string name, Work work, Stopped stopped);
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // Somebody waits for `position`: it is worked for at once.
  void Ask(Position position);
  // What was done may be undone: the work is called again.
  void Again();

 private:
  void Run(const std::stop_token& stop);
  // Returns when there is something to do.
  void Rest(const std::stop_token& stop, const Step& last);
  // Sees where the log ends, and waits for its first event after `after` where there is nothing new
  // yet; false when it cannot be asked.
  bool Look(Position after, bool has_new);
  void Pause(const std::stop_token& stop, absl::Duration time);

  log::EventLog& log_;
  const std::string name_;
  const Work work_;
  const Stopped stopped_;

  Mutex mutex_;
  Condition changed_;
  Gather gather_ ABSL_GUARDED_BY(mutex_);
  bool again_ ABSL_GUARDED_BY(mutex_) = false;

  std::jthread thread_;
};

}  // namespace mlup::projections
