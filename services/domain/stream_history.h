// A stream as the rules see it: its events in order, voids and corrections applied.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include <google/protobuf/message.h>

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "mlup/log/v1/envelope.pb.h"
#include "services/domain/aggregate.h"

namespace mlup::domain {

// One event with its clear fields, corrected.
struct LiveEvent {
  EventInfo info;
  std::string type;
  // When it became known: recorded by an earlier system, else by this one.
  absl::Time known_at;
  // Whether a later EntryVoided names it. Rules do not see voided events.
  bool voided = false;
  // Null for a type that this program does not know. Shared by copies of the stream.
  std::shared_ptr<const google::protobuf::Message> message;
};

struct StreamHistory {
  std::string stream;
  // Of the last event; 0 for a stream without events.
  Revision revision;
  std::vector<LiveEvent> events;
};

// The event with this id; null when it does not stand on the stream.
LiveEvent* FindEvent(StreamHistory& history, std::string_view event_id);
const LiveEvent* FindEvent(const StreamHistory& history, std::string_view event_id);

// Adds the next event and does what it does to those before it.
void AddEvent(StreamHistory& history, LiveEvent event);

// A stored event. DATA_LOSS PAYLOAD_DAMAGED.
absl::StatusOr<LiveEvent> ReadEvent(const log::v1::Record& record);

}  // namespace mlup::domain
