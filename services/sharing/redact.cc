// Works on the parts as they are stored, so that nothing moves from one person's to another's.
#include "services/sharing/redact.h"

#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include <google/protobuf/message.h>

#include "eventstore/base/check.h"
#include "eventstore/base/uuid.h"
#include "eventstore/payload/event_types.h"
#include "eventstore/payload/payload.h"
#include "mlup/common/v1/common.pb.h"
#include "mlup/privacy/v1/erasure_events.pb.h"
#include "services/sharing/concern.h"

namespace mlup::sharing {
namespace {

using google::protobuf::DynamicCastToGenerated;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::unique_ptr<Message> NewMessage(const std::string& type) {
  const auto* descriptor = payload::FindEventType(type);
  CHECK(descriptor != nullptr);
  return std::unique_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
}

// A value in proto JSON without its quotes.
std::string_view Bare(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    return text.substr(1, text.size() - 2);
  }
  return text;
}

bool MayStay(const std::string& text, const Cut& cut) {
  return !cut.keeps_id || !IsUuid(Bare(text)) || cut.keeps_id(Bare(text));
}

// Clears texts that are ids which must not stay.
void RemoveIds(Message& message, const Cut& cut) {
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 0;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!field->is_repeated()) RemoveIds(*reflection.MutableMessage(&message, field), cut);
      for (int i = 0; i < count; ++i) {
        RemoveIds(*reflection.MutableRepeatedMessage(&message, field, i), cut);
      }
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      if (!field->is_repeated() && !MayStay(reflection.GetString(message, field), cut)) {
        reflection.ClearField(&message, field);
      }
      int kept = 0;
      for (int i = 0; i < count; ++i) {
        if (!MayStay(reflection.GetRepeatedString(message, field, i), cut)) continue;
        reflection.SwapElements(&message, field, kept++, i);
      }
      for (int i = kept; i < count; ++i) reflection.RemoveLast(&message, field);
    }
  }
}

// `lines[0].quantity` as the path `lines.quantity`.
std::string WithoutIndexes(std::string_view path) {
  std::string plain;
  bool inside = false;
  for (const char c : path) {
    if (c == '[') inside = true;
    if (!inside) plain.push_back(c);
    if (c == ']') inside = false;
  }
  return plain;
}

// A correction tells new values of the fields that were shared, and of no others.
void CutChanges(Message& message, const FieldPaths& shared) {
  auto* correction = DynamicCastToGenerated<common::v1::DetailsCorrected>(&message);
  if (correction == nullptr) return;
  const auto cut = [&shared](auto* changes) {
    for (int i = changes->size() - 1; i >= 0; --i) {
      if (!shared.Has(WithoutIndexes(changes->Get(i).field()))) changes->DeleteSubrange(i, 1);
    }
  };
  cut(correction->mutable_changes());
  for (auto& person : *correction->mutable_persons()) cut(person.mutable_changes());
}

// Who else holds something about a person is nobody's business outside.
void CutSubscribers(Message& message) {
  auto* erased = DynamicCastToGenerated<privacy::v1::PersonDataErased>(&message);
  if (erased != nullptr) erased->clear_subscribers_notified();
}

std::string CutBytes(const std::string& type, const std::string& bytes, const Cut& cut) {
  const std::unique_ptr<Message> message = NewMessage(type);
  // What cannot be read is not shown.
  if (!message->ParseFromString(bytes)) return "";
  cut.fields.Cut(*message);
  if (cut.changes != nullptr) CutChanges(*message, *cut.changes);
  CutSubscribers(*message);
  RemoveIds(*message, cut);
  return message->SerializeAsString();
}

log::v1::Record WithoutPayload(const log::v1::Record& record) {
  log::v1::Record bare;
  bare.set_position(record.position());
  bare.set_stream(record.stream());
  bare.set_revision(record.revision());
  *bare.mutable_recorded_at() = record.recorded_at();
  if (record.has_clock_behind()) *bare.mutable_clock_behind() = record.clock_behind();
  bare.mutable_event()->set_event_id(record.event().event_id());
  bare.mutable_event()->set_type(record.event().type());
  bare.mutable_event()->set_schema_version(record.event().schema_version());
  return bare;
}

void CopyEnvelope(const log::v1::Event& from, const Cut& cut, log::v1::Event& to) {
  const auto kept = [&cut](const std::string& text) {
    return (!cut.keeps_text || cut.keeps_text(text)) ? text : std::string();
  };
  *to.mutable_occurred() = from.occurred();
  if (from.has_source_recorded_at()) {
    *to.mutable_source_recorded_at() = from.source_recorded_at();
  }
  to.mutable_actor()->set_role(from.actor().role());
  to.mutable_actor()->set_organisation_id(from.actor().organisation_id());
  to.set_channel(from.channel());
  to.set_correlation_id(kept(from.correlation_id()));
  to.set_causation_id(kept(from.causation_id()));
  to.set_reason(from.reason());
  to.set_sensitivity(from.sensitivity());
  to.set_sector(from.sector());
  to.set_place(from.place());
  to.set_source_system(from.source_system());
  to.set_source_id(kept(from.source_id()));
}

void CopyPayload(const log::v1::Event& from, const Cut& cut, log::v1::Event& to) {
  to.set_common(CutBytes(from.type(), from.common(), cut));
  for (const log::v1::SubjectPart& part : from.subjects()) {
    if (cut.keeps_person && !cut.keeps_person(part.subject_id())) continue;
    std::string clear = CutBytes(from.type(), part.clear(), cut);
    if (clear.empty()) continue;
    log::v1::SubjectPart& kept = *to.add_subjects();
    // Only where the clear fields tell it too.
    if (absl::StrContains(clear, part.subject_id())) kept.set_subject_id(part.subject_id());
    kept.set_clear(std::move(clear));
  }
}

}  // namespace

log::v1::Record Redact(const log::v1::Record& record, const Cut& cut) {
  log::v1::Record redacted = WithoutPayload(record);
  CopyEnvelope(record.event(), cut, *redacted.mutable_event());
  CopyPayload(record.event(), cut, *redacted.mutable_event());
  return redacted;
}

log::v1::Record Reference(const log::v1::Record& record) {
  log::v1::Record reference = WithoutPayload(record);
  if (payload::FindEventType(record.event().type()) == nullptr) return reference;
  Cut cut;
  cut.fields = ReferenceFields(record.event().type());
  CopyPayload(record.event(), cut, *reference.mutable_event());
  return reference;
}

}  // namespace mlup::sharing
