// How events leave: the seam between a relay and the protocol it speaks.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "eventstore/base/types.h"
#include "services/cloudevents/cloud_event.h"

namespace mlup::relay {

// One event on its way.
struct Parcel {
  Position position;
  std::string category;
  // Full event type.
  std::string type;
  cloudevents::CloudEvent event;
};

// How one parcel fared.
struct Outcome {
  enum class Kind {
    kDelivered,    // taken, and stored as far as the protocol tells
    kUnavailable,  // no answer, or "not now"
    kFailing,      // an answer that says the receiver failed
    kRefused,      // an answer that says this event is not wanted like this
    kGone,         // the receiver wants no more events, ever
  };
  Position position;
  Kind kind = Kind::kDelivered;
  // How long the receiver asked to be left alone.
  std::optional<absl::Duration> retry_after;
  // In words for people, without anything the receiver said.
  std::string because;
};

// Sends parcels to one receiver, several at a time. Two implementations (HTTP, NATS) and a fake in
// tests.
//
// One thread but for Wake() and Ping().
class Sender {
 public:
  virtual ~Sender() = default;

  // `webhook`, `nats`.
  virtual std::string_view path() const = 0;
  // Parcels at a time.
  virtual std::size_t capacity() const = 0;

  // Begins to send; the caller keeps to the capacity. Each parcel has exactly one outcome, after a
  // bounded time.
  virtual void Start(Parcel parcel) = 0;

  // What finished; waits for at most `timeout` when nothing has.
  virtual std::vector<Outcome> Wait(absl::Duration timeout) = 0;

  // Ends a Wait() early. Any thread.
  virtual void Wake() = 0;

  // Sends a test event with this id apart from all others and waits for the outcome. Any thread.
  virtual Outcome Ping(const std::string& event_id) = 0;
};

}  // namespace mlup::relay
