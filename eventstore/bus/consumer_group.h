// What one consumer group decides: who gets which event, and what an answer or its absence means.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/types.h"

namespace mlup::log {

// Who of several consumers gets the next event.
enum class Strategy {
  kRoundRobin,        // in turns
  kDispatchToSingle,  // one as long as it has room, then the next
  kPinned,            // all events of a stream to the same one while the consumers stay the same
  // As kPinned, all events of one correlation, wherever they are recorded; of a group that keeps no
  // order only.
  kPinnedByCorrelation,
};

struct GroupRules {
  Strategy strategy = Strategy::kRoundRobin;
  // An event is handed out only when all earlier events of its stream are acknowledged, skipped or
  // parked. Without it events of one stream may be at several consumers and a retry may come later.
  bool ordered = true;
  // How long a consumer may take for one event; zero for ever.
  absl::Duration message_timeout = absl::Seconds(30);
  // Deliveries after the first before an event is parked.
  std::uint32_t retries_max = 10;
  // Wait before the first retry; doubled for each further one. Without one a retry comes at once
  // and before later events.
  absl::Duration retry_delay_min = absl::Milliseconds(100);
  absl::Duration retry_delay_max = absl::Minutes(1);
  // Events at consumers that have not answered yet.
  std::size_t in_flight_max = kGroupInFlightMax;
};

// What a consumer wants to be done with an event that it could not handle.
enum class NackAction {
  kRetry,  // give it out again after a delay, or park it after too many times
  kPark,   // put it aside for people to look at
  kSkip,   // done with
  kStop,   // stop the whole group and say why; the event stays the next one
};

// A consumer as the group knows it; numbers are never used twice.
using ConsumerId = Number<struct ConsumerIdTag>;

// An event as the group sees it.
struct GroupEvent {
  Position position;
  // Equal for events of the same stream, or, where consumers are pinned by it, of the same
  // correlation; see StreamKey64().
  std::uint64_t stream_key = 0;
  Revision revision = {};
  // Failed deliveries.
  std::uint32_t tries = 0;

  friend bool operator==(const GroupEvent&, const GroupEvent&) = default;
};

// FNV-1a of a stream's name. Two streams with one key wait for each other, which is harmless.
std::uint64_t StreamKey64(std::string_view stream);

struct ParkedEvent {
  GroupEvent event;
  std::string reason;
  absl::Time parked_at;
};

// What must survive a restart. Everything up to `read_to` that is in neither list is done.
struct GroupState {
  Position read_to;
  std::vector<GroupEvent> unfinished = {};  // by position
  std::vector<ParkedEvent> parked = {};     // by position
  // Why a consumer stopped the group; empty while it runs.
  std::string stopped_because = {};
};

// Hands events to consumers and keeps book of what is acknowledged. Events are offered in order of
// position; Dispatch() gives them out as rules and room allow; answers, timeouts and lost consumers
// move them on. An event is finished when it is acknowledged or skipped, and set aside when parked.
//
// No I/O, no clock, no threads: time comes in. One thread at a time. Holds at most
// kGroupUnfinishedMax unfinished events, kGroupParkedMax parked ones and kGroupConsumersMax
// consumers.
class ConsumerGroup {
 public:
  struct Delivery {
    ConsumerId consumer;
    GroupEvent event;
  };

  explicit ConsumerGroup(const GroupRules& rules) : ConsumerGroup(rules, {}) {}
  ConsumerGroup(const GroupRules& rules, GroupState state);

  // Consumers. `credits` bounds the events that one may hold unanswered.
  void Connect(ConsumerId consumer, std::size_t credits);
  // What it holds is given to others at once. Only the oldest of it counts as a failed delivery:
  // that is the one at which a consumer most likely fell over.
  void Disconnect(ConsumerId consumer, absl::Time now);
  // A consumer that is not open is given nothing.
  void SetOpen(ConsumerId consumer, bool open);

  // How many more events may be offered.
  std::size_t Room() const;
  // The next event; positions only grow.
  void Offer(const GroupEvent& event);
  // Everything up to here has been looked at.
  void Passed(Position position);

  // Gives out what can be given out, at most `each_max` events to one consumer.
  std::vector<Delivery> Dispatch(absl::Time now, std::size_t each_max);
  // Takes back an event that was dispatched but never sent; it does not count as a failure.
  void Return(ConsumerId consumer, Position position);

  // Answers; they return whether they counted. Ack() counts whoever gives it as long as the event
  // was given out and is not finished: the work was done. Nack() is for the one who holds the
  // event.
  bool Ack(Position position, absl::Time now);
  bool Nack(ConsumerId consumer, Position position, NackAction action, std::string_view reason,
            absl::Time now);

  // Retries or parks what has waited too long for an answer, and makes due what waits for its
  // retry.
  void Tick(absl::Time now);
  // When Tick() will next have something to do.
  absl::Time NextTimer() const;

  // Parked events, by position. Give out again, or drop, those at `positions` (all when empty), at
  // most `limit` (0: no limit); return how many.
  const std::map<Position, ParkedEvent>& parked() const { return parked_; }
  std::size_t ReplayParked(const std::vector<Position>& positions, std::size_t limit,
                           absl::Time now);
  std::size_t SkipParked(const std::vector<Position>& positions, absl::Time now);

  // Goes on after a consumer stopped the group.
  void Resume();
  const std::string& stopped_because() const { return stopped_because_; }

  GroupState Save() const;

  // Everything up to here is acknowledged, skipped or parked, or was not for this group.
  Position checkpoint() const;
  Position read_to() const { return read_to_; }
  // The oldest unfinished event, if there is one.
  const GroupEvent* oldest_unfinished() const;
  // The event that waits longest for an answer or a retry, and when it was first given out; 0 and
  // InfiniteFuture when there is none.
  Position oldest_unacked() const;
  absl::Time oldest_unacked_since() const;
  std::size_t unfinished() const { return items_.size(); }
  // Events that could be given out now.
  std::size_t ready() const { return ready_.size(); }
  std::size_t in_flight() const { return in_flight_; }
  std::size_t waiting_for_retry() const { return retrying_; }
  std::size_t in_flight_of(ConsumerId consumer) const;
  // Whether an event should have been parked but the list is full.
  bool parked_is_full() const { return parked_.size() >= kGroupParkedMax; }
  // Grows with each change that Save() would show, but for Passed().
  std::uint64_t version() const { return version_; }
  // When an event was last finished or parked.
  absl::Time last_progress() const { return last_progress_; }

 private:
  enum class Phase { kPending, kInFlight, kRetrying };
  struct Item {
    GroupEvent event;
    Phase phase = Phase::kPending;
    ConsumerId consumer;                        // in flight
    absl::Time due = absl::InfiniteFuture();    // its timer
    absl::Time since = absl::InfiniteFuture();  // first given out
  };
  using Items = std::map<Position, Item>;
  struct Consumer {
    std::size_t credits = 0;
    bool open = true;
    std::set<Position> held = {};
  };
  // Unfinished events of one stream, of an ordered group.
  struct Stream {
    std::set<Position> unfinished;
    std::size_t in_flight = 0;
    Position ready;  // the one of them in ready_; 0 when none
  };

  void Insert(const GroupEvent& event);
  // Removes a finished or parked event.
  void Erase(Items::iterator item, absl::Time now);
  // Takes an event out of the hands of a consumer, or out of its wait.
  void TakeBack(Item& item);
  // Counts a failed delivery: the event waits for its retry or is parked.
  void Fail(Items::iterator item, std::string_view reason, absl::Time now);
  void Park(Items::iterator item, std::string_view reason, absl::Time now);
  void SetTimer(Item& item, absl::Time due);
  void MakeReady(Item& item);
  // Puts the event that is next in its stream among those that can be given out.
  void Refresh(std::uint64_t stream_key);
  static bool WasGivenOut(const Item& item);
  bool Holds(ConsumerId consumer, Items::const_iterator item) const;
  bool HasRoom(const Consumer& consumer, std::size_t given, std::size_t each_max) const;
  std::map<ConsumerId, Consumer>::iterator Choose(const GroupEvent& event,
                                                  const std::map<ConsumerId, std::size_t>& given,
                                                  std::size_t each_max);
  // The positions asked for; those of all parked events when none is named.
  std::vector<Position> Chosen(const std::vector<Position>& positions) const;

  const GroupRules rules_;
  Position read_to_;
  std::string stopped_because_;
  std::uint64_t version_ = 0;
  absl::Time last_progress_ = absl::InfinitePast();

  Items items_;
  std::set<Position> ready_;
  std::unordered_map<std::uint64_t, Stream> streams_;
  std::set<std::pair<absl::Time, Position>> timers_;
  std::set<std::pair<absl::Time, Position>> given_out_;  // by time of first delivery
  std::map<Position, ParkedEvent> parked_;
  std::map<ConsumerId, Consumer> consumers_;
  ConsumerId last_chosen_;
  std::size_t in_flight_ = 0;
  std::size_t retrying_ = 0;
};

}  // namespace mlup::log
