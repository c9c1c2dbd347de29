#include "services/domain/stream_history.h"

#include <algorithm>
#include <utility>

#include <google/protobuf/descriptor.h>

#include "eventstore/log/timestamp.h"
#include "eventstore/payload/patch.h"
#include "eventstore/payload/payload.h"
#include "mlup/common/v1/common.pb.h"
#include "services/fields/occurred.h"

namespace mlup::domain {
namespace {

using google::protobuf::Message;

// Changes that no longer fit the event are passed over: folding never fails on what was accepted
// once.
void Apply(const google::protobuf::RepeatedPtrField<common::v1::FieldChange>& changes,
           Message& message) {
  for (const common::v1::FieldChange& change : changes) {
    payload::WriteField(message, change.field(), change.new_value()).IgnoreError();
  }
}

void ApplyVoid(const common::v1::EntryVoided& entry, StreamHistory& history) {
  if (LiveEvent* event = FindEvent(history, entry.voids_event_id())) event->voided = true;
}

void ApplyCorrection(const common::v1::DetailsCorrected& correction, StreamHistory& history) {
  LiveEvent* event = FindEvent(history, correction.corrects_event_id());
  if (event == nullptr || event->message == nullptr) return;
  const std::shared_ptr<Message> corrected(event->message->New());
  corrected->CopyFrom(*event->message);
  Apply(correction.changes(), *corrected);
  for (const auto& person : correction.persons()) Apply(person.changes(), *corrected);
  event->message = corrected;
  if (correction.has_occurred()) event->info.occurred = fields::DaysOf(correction.occurred());
}

}  // namespace

LiveEvent* FindEvent(StreamHistory& history, std::string_view event_id) {
  for (LiveEvent& event : history.events) {
    if (event.info.event_id == event_id) return &event;
  }
  return nullptr;
}

const LiveEvent* FindEvent(const StreamHistory& history, std::string_view event_id) {
  const auto found =
      std::find_if(history.events.begin(), history.events.end(),
                   [&](const LiveEvent& event) { return event.info.event_id == event_id; });
  return found == history.events.end() ? nullptr : &*found;
}

void AddEvent(StreamHistory& history, LiveEvent event) {
  if (const auto* entry = dynamic_cast<const common::v1::EntryVoided*>(event.message.get())) {
    ApplyVoid(*entry, history);
  }
  if (const auto* entry = dynamic_cast<const common::v1::DetailsCorrected*>(event.message.get())) {
    ApplyCorrection(*entry, history);
  }
  history.revision = Next(history.revision);
  history.events.push_back(std::move(event));
}

absl::StatusOr<LiveEvent> ReadEvent(const log::v1::Record& record) {
  const log::v1::Event& event = record.event();
  LiveEvent live;
  live.info = {event.event_id(), record.stream(), event.actor().actor_id(),
               fields::DaysOf(event.occurred())};
  live.type = event.type();
  live.known_at = log::FromTimestamp(event.has_source_recorded_at() ? event.source_recorded_at()
                                                                    : record.recorded_at());
  absl::StatusOr<std::unique_ptr<Message>> message = payload::JoinClear(event);
  if (message.ok()) {
    live.message = *std::move(message);
  } else if (ErrorReason(message.status()) != "EVENT_TYPE_UNKNOWN") {
    return message.status();
  }
  return live;
}

}  // namespace mlup::domain
