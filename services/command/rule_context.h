// What a rule may know besides its state and its command, and what it answers. Plain values: rules
// stay pure.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eventstore/base/days.h"
#include "eventstore/base/status.h"

namespace mlup::command {

// The circumstances of a command.
struct RuleContext {
  // The stream the command writes to, `<category>/<id>`.
  std::string stream;
  std::string actor_id;
  std::string organisation_id;
  // Today in Phnom Penh.
  Day today;
  // Possible days of what happened; nothing when not known.
  std::optional<DayRange> occurred;
};

// The circumstances of an event that is folded.
struct EventInfo {
  std::string event_id;
  std::string stream;
  std::string actor_id;
  std::optional<DayRange> occurred;
};

// An event that a rule decided on. `Event` is the service's union, for example CaseEvent.
template <typename Event>
struct Decided {
  Event event;
  // Where it goes; empty means the command's own stream.
  std::string stream = {};
};

// What a rule answers: events in order, or why not.
template <typename Event>
using Decision = absl::StatusOr<std::vector<Decided<Event>>>;

// The decision for one event on the command's own stream.
template <typename Event>
Decision<Event> Accept(Event event) {
  std::vector<Decided<Event>> events;
  events.push_back({std::move(event)});
  return events;
}

// A rule says no: FAILED_PRECONDITION, do not retry.
inline absl::Status Refuse(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kFailedPrecondition, reason, message);
}

}  // namespace mlup::command
