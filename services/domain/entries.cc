#include "services/domain/entries.h"

#include <memory>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include <google/protobuf/descriptor.h>

#include "eventstore/payload/event_references.h"
#include "eventstore/payload/patch.h"
#include "eventstore/payload/payload.h"
#include "mlup/common/v1/common.pb.h"
#include "services/fields/relations.h"
#include "services/fields/validator.h"

namespace mlup::domain {
namespace {

using common::v1::DetailsCorrected;
using common::v1::DocumentAttached;
using common::v1::DocumentDetached;
using common::v1::EntryVoided;
using common::v1::FieldChange;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// How the value of a field is written that is not set.
constexpr absl::string_view kUnset = "null";

absl::Status Bad(std::string_view reason, std::string_view field, std::string_view message) {
  return FieldError(absl::StatusCode::kInvalidArgument, reason, field, message);
}

template <typename Entry>
const Entry* As(const Message& message) {
  return dynamic_cast<const Entry*>(&message);
}

template <typename Entry>
bool Is(const LiveEvent& event) {
  return dynamic_cast<const Entry*>(event.message.get()) != nullptr;
}

// The event that a void or a correction names in `field`, if it may be named.
absl::StatusOr<const LiveEvent*> Named(const StreamHistory& history, std::string_view event_id,
                                       std::string_view field, absl::Time known_at) {
  const LiveEvent* event = history.Find(event_id);
  if (event == nullptr) {
    return Refuse("EVENT_NOT_ON_STREAM", "no event of this stream has this id",
                  "name an event of this record by its id", field);
  }
  if (event->voided) {
    return Refuse("ALREADY_VOIDED", "the event is voided already", "nothing needs recording",
                  field);
  }
  if (Is<EntryVoided>(*event) || Is<DetailsCorrected>(*event)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "ENTRY_NOT_A_FACT", field,
                      "a void or a correction is not voided or corrected: enter what is true");
  }
  if (known_at < event->known_at) {
    return Refuse("RECORDED_BEFORE_ORIGINAL", "it is recorded before the event that it names",
                  "state a source_recorded_at not before that of the event");
  }
  return event;
}

// What a path of a change leads to.
struct Target {
  // The person whose part it is in; empty in the common part.
  std::string subject_id;
  bool personal = false;
  bool names_person = false;
  // It is in the part of a person, and nobody stands there.
  bool is_nobodys = false;
};

// Paths that lead nowhere are left to ReadField and WriteField, which refuse them.
Target Resolve(const Message& event, std::string_view path) {
  Target target;
  const std::vector<std::string> steps = absl::StrSplit(ToAbsl(path), '.');
  const google::protobuf::Descriptor* type = event.GetDescriptor();
  std::string id_field;
  for (std::size_t i = 0; i < steps.size() && type != nullptr; ++i) {
    const std::string name = steps[i].substr(0, steps[i].find('['));
    const FieldDescriptor* field = type->FindFieldByName(name);
    if (field == nullptr) return target;
    target.personal = target.personal || payload::IsPersonal(*field);
    if (i == 0) {
      id_field = payload::AboutField(*field);
      if (!id_field.empty()) {
        const auto id = payload::ReadField(event, absl::StrCat(steps[0], ".", id_field));
        if (!id.ok()) return target;
        target.is_nobodys = *id == kUnset;
        target.subject_id = std::string(absl::StripPrefix(absl::StripSuffix(*id, "\""), "\""));
      }
    } else if (i == 1 && !id_field.empty()) {
      target.names_person = name == id_field;
    }
    type = field->message_type();
  }
  return target;
}

// A value as a reading prints it; what is none stays as it is.
std::string Anew(const google::protobuf::Descriptor& type, const std::string& field,
                 const std::string& json) {
  const auto value = payload::ParseValue(type, field, json);
  return value.ok() ? value->json : json;
}

// Whether a value that is stated is the one that stands there. That nothing stands there may be
// said in any form of the field's type.
bool Stands(const Message& event, const FieldChange& change, const std::string& value) {
  const std::string& stated = change.old_value();
  const std::string canonical =
      stated.empty() ? std::string(kUnset) : Anew(*event.GetDescriptor(), change.field(), stated);
  const auto nothing = [](const std::string& text) { return text == kUnset || text == "false"; };
  return canonical == value || (nothing(canonical) && nothing(value));
}

absl::Status OldValueDiffers(const std::string& field, const std::string& value, bool may_see) {
  return Refuse(
      "OLD_VALUE_DIFFERS",
      absl::StrCat("the old value of ", field, " is not what stands in the record",
                   may_see ? absl::StrCat(", which is ", value == kUnset ? "nothing" : value) : ""),
      absl::StrCat("read the record again and state the value that stands there, ", kUnset,
                   " for none"));
}

// Checks clear changes against `event` and makes them in `corrected`. `subject_id` is empty for the
// common part.
absl::Status MakeChanges(const google::protobuf::RepeatedPtrField<FieldChange>& changes,
                         const std::string& subject_id, const Message& event, bool may_see,
                         Message& corrected) {
  for (const FieldChange& change : changes) {
    const Target target = Resolve(event, change.field());
    if (target.personal) {
      return Bad("FIELD_IS_PERSONAL", change.field(),
                 "is personal: it belongs to personal_changes");
    }
    if (target.names_person) {
      return Bad("FIELD_NOT_CORRECTABLE", change.field(),
                 "names the person: void the entry and enter it anew");
    }
    if (target.is_nobodys) {
      return Bad("FIELD_NOT_CORRECTABLE", change.field(),
                 "is about a person, and nobody stands there: void the entry and enter it anew");
    }
    ASSIGN_OR_RETURN(const std::string old_value, payload::ReadField(event, change.field()));
    if (target.subject_id != subject_id) {
      return Bad("FIELD_NOT_CORRECTABLE", change.field(),
                 "must stand in the changes of the part that it belongs to");
    }
    if (!Stands(event, change, old_value)) {
      return OldValueDiffers(change.field(), old_value, may_see);
    }
    RETURN_IF_ERROR(payload::WriteField(corrected, change.field(), change.new_value()));
  }
  return absl::OkStatus();
}

// The old values of personal fields are sealed; only that the fields are the person's is checked.
absl::Status MakePersonalChanges(const DetailsCorrected::PersonChanges& person,
                                 const Message& event, Message& corrected) {
  for (const FieldChange& change : person.personal_changes()) {
    const Target target = Resolve(event, change.field());
    if (!target.personal || target.is_nobodys || target.subject_id != person.person_id()) {
      return Bad("FIELD_NOT_CORRECTABLE", "details_corrected.persons.personal_changes",
                 "must name personal fields of this person's part");
    }
    // The items of a sealed list cannot be reached here.
    const bool item = !change.field().empty() && change.field().back() == ']';
    const absl::Status made =
        item ? payload::ParseValue(*event.GetDescriptor(), change.field(), change.new_value())
                   .status()
             : payload::WriteField(corrected, change.field(), change.new_value());
    if (!made.ok()) {
      return Bad("VALUE_INVALID", "details_corrected.persons.personal_changes",
                 "must hold values of their fields in proto JSON");
    }
  }
  return absl::OkStatus();
}

void PrintAnew(const google::protobuf::Descriptor& type,
               google::protobuf::RepeatedPtrField<FieldChange>& changes) {
  for (FieldChange& change : changes) {
    change.set_new_value(Anew(type, change.field(), change.new_value()));
    if (!change.old_value().empty()) {
      change.set_old_value(Anew(type, change.field(), change.old_value()));
    }
  }
}

// Who has a file about a person sees that a merge was undone, and not all that followed on the
// other record: therefore that an undoing was wrong is never said by a void.
absl::Status CheckVoid(const StreamHistory& history, const EntryVoided& entry,
                       absl::Time known_at) {
  ASSIGN_OR_RETURN(const LiveEvent* event,
                   Named(history, entry.voids_event_id(), ".voids_event_id", known_at));
  const bool undoes =
      event->message != nullptr &&
      payload::MarksOf(*event->message->GetDescriptor()).Refers(event::v1::REFERENCE_UNDOES);
  if (!undoes) return absl::OkStatus();
  return Refuse("UNDOING_IS_FINAL", "what undoes a merge is not voided",
                "record the merge again if the records are of one after all", ".voids_event_id");
}

absl::Status CheckCorrection(const StreamHistory& history, const DetailsCorrected& correction,
                             absl::Time known_at, Day today, bool may_see) {
  ASSIGN_OR_RETURN(const LiveEvent* event,
                   Named(history, correction.corrects_event_id(), ".corrects_event_id", known_at));
  if (correction.changes().empty() && correction.persons().empty() && !correction.has_occurred() &&
      correction.place().empty()) {
    return Bad("FIELD_REQUIRED", "details_corrected.changes", "must name at least one change");
  }
  if (event->message == nullptr) {
    return Refuse("EVENT_TYPE_UNKNOWN", "this version does not know the type of the event",
                  "correct it with the newer version that recorded it");
  }
  const std::unique_ptr<Message> corrected(event->message->New());
  corrected->CopyFrom(*event->message);
  RETURN_IF_ERROR(MakeChanges(correction.changes(), "", *event->message, may_see, *corrected));
  for (const auto& person : correction.persons()) {
    RETURN_IF_ERROR(
        MakeChanges(person.changes(), person.person_id(), *event->message, may_see, *corrected));
    RETURN_IF_ERROR(MakePersonalChanges(person, *event->message, *corrected));
  }
  RETURN_IF_ERROR(fields::ValidateClear(*corrected));
  return fields::CheckRelations(fields::Stage::kStored, *corrected, event->info.occurred, today,
                                "details_corrected.changes");
}

// A document that stands on the record is detached once.
absl::Status CheckDetached(const StreamHistory& history, const DocumentDetached& detached) {
  const LiveEvent* attached = history.Find(detached.detaches_event_id());
  bool is_there = attached != nullptr && !attached->voided && Is<DocumentAttached>(*attached);
  for (std::size_t i = 0; i < history.size() && is_there; ++i) {
    const LiveEvent& other = history.At(i);
    const auto* before =
        other.voided ? nullptr : dynamic_cast<const DocumentDetached*>(other.message.get());
    is_there = before == nullptr || before->detaches_event_id() != detached.detaches_event_id();
  }
  if (is_there) return absl::OkStatus();
  return Refuse("DOCUMENT_NOT_ATTACHED", "no document of this record has this event id",
                "name a document_attached that is neither voided nor detached",
                ".detaches_event_id");
}

}  // namespace

absl::Status CheckEntry(const StreamHistory& history, const Message& fact, absl::Time known_at,
                        Day today, bool may_see) {
  if (const auto* entry = As<EntryVoided>(fact)) return CheckVoid(history, *entry, known_at);
  if (const auto* entry = As<DetailsCorrected>(fact))
    return CheckCorrection(history, *entry, known_at, today, may_see);
  if (const auto* entry = As<DocumentDetached>(fact)) return CheckDetached(history, *entry);
  return absl::OkStatus();
}

std::unique_ptr<Message> CanonicalEntry(const StreamHistory& history, const Message& fact) {
  const auto* correction = As<DetailsCorrected>(fact);
  if (correction == nullptr) return nullptr;
  auto canonical = std::make_unique<DetailsCorrected>(*correction);
  const LiveEvent* event = history.Find(correction->corrects_event_id());
  if (event == nullptr || event->message == nullptr) return canonical;
  const google::protobuf::Descriptor& type = *event->message->GetDescriptor();
  PrintAnew(type, *canonical->mutable_changes());
  for (auto& person : *canonical->mutable_persons()) {
    PrintAnew(type, *person.mutable_changes());
    PrintAnew(type, *person.mutable_personal_changes());
  }
  return canonical;
}

}  // namespace mlup::domain
