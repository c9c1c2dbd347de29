// Where every way to every subscriber stands, so that nothing stops quietly.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/types.h"

namespace mlup::sharing {

enum class PathState {
  kWaiting,   // nobody is connected; it goes on when the subscriber comes
  kBehind,    // delivering what was recorded earlier
  kLive,      // all that was recorded is delivered
  kRetrying,  // the other side does not take it; tried again by itself
  kStopped,   // needs a person
};
// `waiting`, `behind`, `live`, `retrying` or `stopped`.
std::string_view PathStateWord(PathState state);

// One way to one subscriber, for example its webhook.
struct PathStatus {
  std::string subscriber_id;
  // `http`, `webhook`, `nats`, `esdb`.
  std::string path;
  PathState state = PathState::kWaiting;
  // Why it retries or stopped, in words for people, without personal data; empty otherwise.
  std::string because;
  // Everything up to here is delivered, is a dead letter, or may not be seen.
  Position position;
  // When `position` last moved, as far as this process knows; set by the board.
  absl::Time last_progress = absl::InfinitePast();
  // When the oldest event that is sent but not yet taken was first sent.
  absl::Time oldest_unacked = absl::InfiniteFuture();
  std::uint64_t in_flight = 0;
  std::uint64_t waiting_for_retry = 0;
  // Events put aside until a person replays or skips them.
  std::uint64_t dead_letters = 0;
  // Since the process began.
  std::uint64_t delivered = 0;
  std::uint64_t failures = 0;
};

// What each way last said of itself. Reported by whoever delivers, whenever something changes and
// at least every 15 seconds while it runs; read by `mlup subscribers`, health and metrics.
//
// Any thread. Borrows the clock. Keeps at most kStatusPathsMax ways; more are not shown.
class StatusBoard {
 public:
  explicit StatusBoard(const Clock& clock) : clock_(clock) {}

  // Replaces what this way (subscriber_id, path) said before.
  void Report(PathStatus status);

  // The way is no more, for example because its connection ended for good.
  void Forget(std::string_view subscriber_id, std::string_view path);

  // By subscriber, then path.
  std::vector<PathStatus> All() const;

 private:
  const Clock& clock_;

  mutable Mutex mutex_;
  std::map<std::pair<std::string, std::string>, PathStatus> paths_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::sharing
