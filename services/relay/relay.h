// Sends one subscriber's feed to where the subscriber wants it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/random.h"
#include "eventstore/log/event_log.h"
#include "services/relay/pacing.h"
#include "services/relay/relay_state.h"
#include "services/relay/sender.h"
#include "services/sharing/feed.h"
#include "services/sharing/status_board.h"

namespace mlup::relay {

// Reads a feed ahead, keeps what it read in the state, and hands it to the sender: one event of a
// stream at a time, different streams side by side. An event that waited is decided about again
// when it is sent, so that a consent withdrawn meanwhile holds.
//
// One thread calls Run() or Turn(); any thread the rest. Owns state and sender, borrows the
// parts.
class Relay {
 public:
  struct Parts {
    sharing::FeedSource& feeds;
    log::EventLog& log;
    sharing::StatusBoard& board;
    const Clock& clock;
    Random& random;
  };

  Relay(std::string subscriber_id, std::unique_ptr<Sender> sender,
        std::unique_ptr<RelayState> state, Parts parts);

  // Turns until `stop` is asked for, which is seen within a second.
  void Run(const std::stop_token& stop);

  // Reads, sends, and takes note of what was delivered, once; waits for at most half a second when
  // there is nothing to do.
  void Turn();

  // Runs `errand` between two turns, `when_idle` only when nothing is in flight, and returns its
  // status. UNAVAILABLE RELAY_BUSY when its turn has not come in time: it is not run then.
  absl::Status Do(bool when_idle, std::function<absl::Status(RelayState&)> errand);

  // Sends a test event; a relay that had stopped because the receiver wanted no more goes on when
  // it is taken.
  Outcome Ping(const std::string& event_id);

 private:
  // A record as the feed gave it, which may be sent as it is for a short time and while nothing,
  // which might be a withdrawal, is recorded after `known`.
  struct Fresh {
    log::v1::Record record;
    Position known;
    absl::Time decided_at;
  };
  struct Errand;

  bool WantsMore() const;
  absl::Duration Patience(absl::Time now) const;
  bool RunErrands();
  bool ReadFeed(absl::Duration patience);
  absl::Status ReadStep(absl::Duration patience);
  void StartDue();
  void StartOne(Position position, absl::Time now);
  absl::StatusOr<std::vector<log::v1::Record>> Decide(Position position, absl::Time now);
  void Take(const Outcome& outcome);
  void TakeFailure(const Outcome& outcome, absl::Time now);
  void Report();

  const std::string subscriber_id_;
  const std::unique_ptr<Sender> sender_;
  const std::unique_ptr<RelayState> state_;
  const Parts parts_;

  // The thread that turns.
  std::unique_ptr<sharing::Feed> feed_;
  absl::Time feed_next_ = absl::InfinitePast();
  absl::Status trouble_;
  bool caught_up_ = false;
  CircuitBreaker breaker_;
  std::map<std::uint64_t, Fresh> fresh_;
  std::size_t fresh_bytes_ = 0;
  // What is in flight: since when, and what of it a letter would tell.
  struct Sent {
    absl::Time at;
    std::string event_id;
    std::string type;
  };
  std::map<std::uint64_t, Sent> sent_;
  std::string last_failure_;
  std::uint64_t delivered_ = 0;
  std::uint64_t failures_ = 0;
  bool changed_ = true;
  absl::Time synced_at_ = absl::InfinitePast();
  absl::Time reported_at_ = absl::InfinitePast();

  Mutex mutex_;
  std::deque<std::shared_ptr<Errand>> errands_ ABSL_GUARDED_BY(mutex_);
  // Why it stopped for good; empty while it runs.
  std::string stopped_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::relay
