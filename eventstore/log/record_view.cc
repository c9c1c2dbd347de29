#include "eventstore/log/record_view.h"

#include "eventstore/base/wire.h"
#include "eventstore/log/timestamp.h"

namespace mlup::log {
namespace {

using v1::Event;
using v1::Record;

constexpr std::uint32_t Number(int field) {
  return wire::Tag(static_cast<std::uint32_t>(field), wire::kVarint);
}
constexpr std::uint32_t Bytes(int field) {
  return wire::Tag(static_cast<std::uint32_t>(field), wire::kBytes);
}

bool ViewEvent(std::string_view bytes, RecordView& view) {
  wire::Reader reader(bytes);
  while (const std::uint32_t tag = reader.NextTag()) {
    switch (tag) {
      case Bytes(Event::kEventIdFieldNumber):
        view.event_id = reader.Bytes();
        break;
      case Bytes(Event::kTypeFieldNumber):
        view.type = reader.Bytes();
        break;
      case Number(Event::kSectorFieldNumber):
        view.sector = static_cast<int>(reader.Varint());
        break;
      case Bytes(Event::kPlaceFieldNumber):
        view.place = reader.Bytes();
        break;
      case Bytes(Event::kCorrelationIdFieldNumber):
        view.correlation_id = reader.Bytes();
        break;
      case Bytes(Event::kSourceSystemFieldNumber):
        view.source_system = reader.Bytes();
        break;
      case Bytes(Event::kSourceIdFieldNumber):
        view.source_id = reader.Bytes();
        break;
      default:
        reader.Skip(tag);
    }
  }
  return !reader.failed();
}

// A field that has its default is not written.
void AddNumber(int field, std::uint64_t number, std::string& to) {
  if (number == 0) return;
  wire::AddVarint(Number(field), to);
  wire::AddVarint(number, to);
}

void AddText(int field, std::string_view text, std::string& to) {
  if (!text.empty()) wire::AddBytes(static_cast<std::uint32_t>(field), text, to);
}

void AddMessage(int field, const google::protobuf::MessageLite& message, std::string& to) {
  const std::size_t size = message.ByteSizeLong();
  wire::AddVarint(Bytes(field), to);
  wire::AddVarint(size, to);
  const std::size_t at = to.size();
  to.resize(at + size);
  message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(to.data() + at));
}

}  // namespace

std::optional<RecordView> ViewRecord(std::string_view bytes) {
  std::optional<RecordView> view = ViewEnvelope(bytes);
  if (view.has_value() && !ViewEvent(view->event, *view)) return std::nullopt;
  return view;
}

std::optional<RecordView> ViewEnvelope(std::string_view bytes) {
  RecordView view;
  wire::Reader reader(bytes);
  while (const std::uint32_t tag = reader.NextTag()) {
    switch (tag) {
      case Number(Record::kPositionFieldNumber):
        view.position = {reader.Varint()};
        break;
      case Bytes(Record::kStreamFieldNumber):
        view.stream = reader.Bytes();
        break;
      case Number(Record::kRevisionFieldNumber):
        view.revision = {reader.Varint()};
        break;
      case Bytes(Record::kEventFieldNumber):
        view.event = reader.Bytes();
        break;
      case Number(Record::kAppendFirstPositionFieldNumber):
        view.append_first = {reader.Varint()};
        break;
      case Number(Record::kAppendEventCountFieldNumber):
        view.append_events = static_cast<std::uint32_t>(reader.Varint());
        break;
      case Bytes(Record::kRequestDigestFieldNumber):
        view.request_digest = reader.Bytes();
        break;
      default:
        reader.Skip(tag);
    }
  }
  if (reader.failed()) return std::nullopt;
  return view;
}

RecordView ViewOf(const v1::Record& record) {
  const v1::Event& event = record.event();
  return {.position = {record.position()},
          .stream = record.stream(),
          .revision = {record.revision()},
          .append_first = {record.append_first_position()},
          .append_events = record.append_event_count(),
          .request_digest = record.request_digest(),
          .event_id = event.event_id(),
          .type = event.type(),
          .place = event.place(),
          .sector = event.sector(),
          .correlation_id = event.correlation_id(),
          .source_system = event.source_system(),
          .source_id = event.source_id()};
}

std::string_view StreamOf(std::string_view bytes) {
  wire::Reader reader(bytes);
  while (const std::uint32_t tag = reader.NextTag()) {
    if (tag == Bytes(Record::kStreamFieldNumber)) return reader.Bytes();
    reader.Skip(tag);
  }
  return {};
}

void EncodeRecord(const RecordView& view, const RecordTimes& times, const v1::Event& event,
                  std::string& to) {
  to.clear();
  AddNumber(Record::kPositionFieldNumber, view.position.value, to);
  AddText(Record::kStreamFieldNumber, view.stream, to);
  AddNumber(Record::kRevisionFieldNumber, view.revision.value, to);
  AddMessage(Record::kRecordedAtFieldNumber, ToTimestamp(times.recorded_at), to);
  AddMessage(Record::kEventFieldNumber, event, to);
  AddNumber(Record::kAppendFirstPositionFieldNumber, view.append_first.value, to);
  AddNumber(Record::kAppendEventCountFieldNumber, view.append_events, to);
  AddText(Record::kRequestDigestFieldNumber, view.request_digest, to);
  if (times.clock_behind.has_value()) {
    AddMessage(Record::kClockBehindFieldNumber, ToTimestamp(*times.clock_behind), to);
  }
}

}  // namespace mlup::log
