// A stream as the rules see it: its events in order, voids and corrections applied.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include <google/protobuf/message.h>

#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "services/command/rule_context.h"

namespace mlup::command {

// One event with its clear fields, corrected.
struct LiveEvent {
  EventInfo info;
  // When it became known: recorded by an earlier system, else by this one.
  absl::Time known_at;
  // Whether a later EntryVoided names it. Rules do not see voided events.
  bool voided = false;
  std::unique_ptr<google::protobuf::Message> message;
};

struct History {
  std::string stream;
  // Of the last event; 0 for a stream without events.
  Revision revision;
  std::vector<LiveEvent> events;
};

// The event with this id; null when it does not stand on the stream.
LiveEvent* FindEvent(History& history, std::string_view event_id);

// Reads the whole stream. INTERNAL EVENT_TYPE_UNKNOWN when it holds a type this program does not
// know; DATA_LOSS when a payload is damaged. Any thread.
absl::StatusOr<History> LoadHistory(log::EventLog& log, const std::string& stream);

// Puts `fact` into the union `event` (a message with one oneof); false when the union has no place
// for its type: another service's event, to be passed over.
bool SetFact(google::protobuf::Message& event, const google::protobuf::Message& fact);

// The message that is set in the union `event`; null when none is.
const google::protobuf::Message* GetFact(const google::protobuf::Message& event);

}  // namespace mlup::command
