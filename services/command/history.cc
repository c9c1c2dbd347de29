#include "services/command/history.h"

#include <utility>

#include <google/protobuf/descriptor.h>

#include "eventstore/base/check.h"
#include "eventstore/base/limits.h"
#include "eventstore/log/timestamp.h"
#include "eventstore/payload/patch.h"
#include "eventstore/payload/payload.h"
#include "mlup/common/v1/common.pb.h"
#include "services/command/occurred.h"

namespace mlup::command {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Changes that no longer fit the event are passed over: folding never fails on what was accepted
// once.
void Apply(const google::protobuf::RepeatedPtrField<common::v1::FieldChange>& changes,
           Message& message) {
  for (const common::v1::FieldChange& change : changes) {
    payload::WriteField(message, change.field(), change.new_value()).IgnoreError();
  }
}

void ApplyVoid(const common::v1::EntryVoided& entry, History& history) {
  if (LiveEvent* event = FindEvent(history, entry.voids_event_id())) event->voided = true;
}

void ApplyCorrection(const common::v1::DetailsCorrected& correction, History& history) {
  LiveEvent* event = FindEvent(history, correction.corrects_event_id());
  if (event == nullptr) return;
  Apply(correction.changes(), *event->message);
  for (const auto& person : correction.persons()) Apply(person.changes(), *event->message);
  if (correction.has_occurred()) event->info.occurred = DaysOf(correction.occurred());
}

absl::Status AddRecord(const log::pb::Record& record, History& history) {
  LiveEvent live;
  const log::pb::Event& event = record.event();
  ASSIGN_OR_RETURN(live.message, payload::JoinClear(event));
  live.info = {event.event_id(), record.stream(), event.actor().actor_id(),
               DaysOf(event.occurred())};
  live.known_at = log::FromTimestamp(event.has_source_recorded_at() ? event.source_recorded_at()
                                                                    : record.recorded_at());
  if (const auto* entry = dynamic_cast<const common::v1::EntryVoided*>(live.message.get())) {
    ApplyVoid(*entry, history);
  }
  if (const auto* entry = dynamic_cast<const common::v1::DetailsCorrected*>(live.message.get())) {
    ApplyCorrection(*entry, history);
  }
  history.revision = {record.revision()};
  history.events.push_back(std::move(live));
  return absl::OkStatus();
}

// The field of the union that takes messages of this type; null when there is none.
const FieldDescriptor* FieldFor(const Message& event, const google::protobuf::Descriptor* type) {
  for (int i = 0; i < event.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = event.GetDescriptor()->field(i);
    if (field->message_type() == type) return field;
  }
  return nullptr;
}

}  // namespace

LiveEvent* FindEvent(History& history, std::string_view event_id) {
  for (LiveEvent& event : history.events) {
    if (event.info.event_id == event_id) return &event;
  }
  return nullptr;
}

absl::StatusOr<History> LoadHistory(log::EventLog& log, const std::string& stream) {
  History history;
  history.stream = stream;
  log::pb::ReadStreamRequest request;
  request.set_stream(stream);
  request.set_limit(kReadEventsMax);
  while (true) {
    request.set_from_revision(Next(history.revision).value);
    ASSIGN_OR_RETURN(const log::pb::ReadStreamResponse page, log.ReadStream(request));
    for (const log::pb::Record& record : page.records()) {
      CHECK(record.revision() == Next(history.revision).value);
      RETURN_IF_ERROR(AddRecord(record, history));
    }
    if (page.records().empty() || history.revision.value >= page.last_revision()) return history;
  }
}

bool SetFact(Message& event, const Message& fact) {
  const FieldDescriptor* field = FieldFor(event, fact.GetDescriptor());
  if (field == nullptr) return false;
  event.GetReflection()->MutableMessage(&event, field)->CopyFrom(fact);
  return true;
}

const Message* GetFact(const Message& event) {
  const auto* oneof = event.GetDescriptor()->oneof_decl(0);
  const FieldDescriptor* field = event.GetReflection()->GetOneofFieldDescriptor(event, oneof);
  return field == nullptr ? nullptr : &event.GetReflection()->GetMessage(event, field);
}

}  // namespace mlup::command
