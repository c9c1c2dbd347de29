// What waits to be delivered to one subscriber: in order within each stream, streams independent of
// each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "eventstore/base/types.h"
#include "mlup/relay/v1/relay_service.pb.h"

namespace mlup::relay {

// A try that failed.
struct Failure {
  absl::Time at;
  absl::Duration delay;
  // The receiver answered, and it was a no; otherwise it did not answer, or said that it cannot
  // now.
  bool refused = false;
  // In words, without anything the receiver said.
  std::string because;
  // Of the event that was tried.
  std::string event_id;
  std::string type;
};

// Positions by stream. Only the first of a stream is ever tried; it is waiting, in flight or dead,
// and the later ones wait for it.
//
// Pure: no I/O, no clock. One thread. Holds what it is given: its owner keeps to kRelayWaitingMax.
class DeliveryQueue {
 public:
  struct Options {
    // An event is set aside after so many tries or so much time since its first failure, but never
    // for failures without an answer while the receiver takes nothing at all: then it is down.
    std::uint32_t tries_max = 12;
    absl::Duration age_max = absl::Hours(24);
  };

  explicit DeliveryQueue(Options options) : options_(options) {}

  // At the end of its stream; the position is higher than those before it.
  void Add(const std::string& stream, Position position);
  // As before a restart: a letter with its tries, in order of position.
  void Restore(const v1::Letter& letter);

  // The next one that may be tried, which is in flight then; nothing when none is due.
  std::optional<Position> Begin(absl::Time now);
  // When the next one is due; InfiniteFuture when none will be.
  absl::Time NextDue() const;

  // The position is in flight for these. It was delivered, or may not be seen any more.
  void Finish(Position position);
  void Delivered(Position position, absl::Time at);
  // It failed; returns its letter as it is now.
  v1::Letter Fail(Position position, const Failure& failure);
  // It could not be tried, which is not its fault.
  void Postpone(Position position, absl::Time until);
  // It can never be sent: set aside at once.
  v1::Letter SetAside(Position position, const Failure& failure);

  // Dead letters, in order of position.
  std::vector<v1::Letter> DeadLetters() const;
  // The dead letter of this event is tried again, or given up; nothing when there is none.
  std::optional<v1::Letter> Revive(std::string_view event_id);
  std::optional<v1::Letter> GiveUp(std::string_view event_id);

  // Forgets all after `position` and returns what was forgotten. Nothing may be in flight.
  std::vector<Position> ForgetAfter(Position position);

  // Every letter, in order of position; those behind the first of a stream have only position and
  // stream.
  std::vector<v1::Letter> Letters() const;

  // Failed tries of the first event of a stream.
  std::uint32_t Tries(Position head) const { return FindHead(head)->second.head.tries(); }
  std::size_t size() const { return size_; }
  std::size_t in_flight() const { return in_flight_; }
  std::size_t dead() const { return dead_.size(); }
  // Streams whose first is neither dead nor in flight, and the part of them that failed before.
  std::size_t open_streams() const { return due_.size(); }
  std::size_t retrying() const;
  // Events that wait behind dead letters.
  std::size_t behind_dead() const;
  // The lowest position that is not a dead letter itself.
  std::optional<Position> LowestUndelivered() const;

 private:
  struct Stream {
    std::deque<std::uint64_t> positions;
    // About the first position; its position and stream are set when it is given out.
    v1::Letter head;
    absl::Time next_try = absl::InfinitePast();
    bool in_flight = false;
  };
  using Streams = std::map<std::string, Stream, std::less<>>;

  Streams::iterator FindHead(Position position);
  Streams::const_iterator FindHead(Position position) const;
  static v1::Letter LetterOf(const Streams::value_type& entry);
  void MakeDue(Streams::iterator stream);
  void Pop(Streams::iterator stream);
  bool IsOver(const v1::Letter& head, const Failure& failure) const;
  Streams::iterator FindDead(std::string_view event_id);

  const Options options_;
  Streams streams_;
  // The first position of each stream.
  std::map<std::uint64_t, std::string> heads_;
  // Of the heads: those that may be tried, by when, and those that are dead.
  std::set<std::pair<absl::Time, std::uint64_t>> due_;
  std::set<std::uint64_t> dead_;
  std::size_t size_ = 0;
  std::size_t in_flight_ = 0;
  absl::Time last_delivered_ = absl::InfinitePast();
};

}  // namespace mlup::relay
