#include "services/sync/said.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/payload/patch.h"
#include "eventstore/payload/payload.h"
#include "mlup/command/v1/command.pb.h"
#include "services/domain/life.h"
#include "services/privacy/sealing.h"

namespace mlup::sync {
namespace {

using common::v1::ConflictDetected;
using common::v1::ConflictResolved;
using common::v1::DetailsCorrected;
using common::v1::EntryVoided;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The event with all its fields; without those of whom was erased.
absl::StatusOr<std::unique_ptr<Message>> OpenWhole(const log::v1::Record& record,
                                                   const privacy::Keyring& keyring) {
  ASSIGN_OR_RETURN(std::unique_ptr<Message> message, payload::JoinClear(record.event()));
  for (const log::v1::SubjectPart& part : record.event().subjects()) {
    if (part.sealed().empty()) continue;
    const absl::StatusOr<std::string> personal =
        privacy::Open(keyring, record.event(), record.stream(), part);
    if (absl::IsNotFound(personal.status())) continue;
    RETURN_IF_ERROR(personal.status());
    RETURN_IF_ERROR(payload::MergePersonal(*message, part.subject_id(), *personal));
  }
  return message;
}

void AddFields(const Message& message, const std::string& path, const std::string& person_id,
               std::vector<SaidField>& said) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->is_repeated()) continue;
    const std::string below = absl::StrCat(path, ".", field->name());
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const Message& part = message.GetReflection()->GetMessage(message, field);
      const std::string about = payload::AboutField(*field);
      const std::string whose =
          about.empty()
              ? person_id
              : part.GetReflection()->GetString(part, part.GetDescriptor()->FindFieldByName(about));
      AddFields(part, below, whose, said);
      continue;
    }
    said.push_back({{"", below, person_id}, ""});
  }
}

}  // namespace

std::string PathOf(const FieldKey& key) { return key.field.substr(key.field.find('.') + 1); }

bool SaysAnew(const Descriptor& type) {
  return type.options().GetExtension(command::v1::event).says_anew();
}

std::vector<SaidField> FieldsSaid(const Message& event) {
  std::vector<SaidField> found;
  AddFields(event, domain::FactName(*event.GetDescriptor()), "", found);
  std::vector<SaidField> said;
  for (SaidField& one : found) {
    const absl::StatusOr<std::string> value = payload::ReadField(event, PathOf(one.key));
    // Whose part it is, is not said of anything.
    if (!value.ok() || *value == absl::StrCat("\"", one.key.person_id, "\"")) continue;
    one.value = *value;
    said.push_back(std::move(one));
  }
  return said;
}

absl::Status Said::Add(const log::v1::Record& record, const privacy::Keyring& keyring) {
  revision_ = record.revision();
  absl::StatusOr<std::unique_ptr<Message>> message = OpenWhole(record, keyring);
  if (ErrorReason(message.status()) == "EVENT_TYPE_UNKNOWN") return absl::OkStatus();
  RETURN_IF_ERROR(message.status());
  if (const auto* entry = dynamic_cast<const EntryVoided*>(message->get())) {
    voided_[entry->voids_event_id()] = entry->reason();
  }
  entries_.push_back({record, *std::move(message)});
  return absl::OkStatus();
}

void Said::Finish() {
  for (const Entry& entry : entries_) {
    const std::string& event_id = entry.record.event().event_id();
    const auto* detected = dynamic_cast<const ConflictDetected*>(entry.message.get());
    if (const auto voided = voided_.find(event_id); voided != voided_.end()) {
      // A conflict that another took the place of still holds what was said.
      if (detected != nullptr && voided->second == kConflictReason) Open(entry, *detected, false);
      continue;
    }
    std::unique_ptr<Message>& kept = events_[event_id];
    kept.reset(entry.message->New());
    kept->CopyFrom(*entry.message);
    if (const auto* correction = dynamic_cast<const DetailsCorrected*>(entry.message.get())) {
      Correct(entry, *correction);
    } else if (detected != nullptr) {
      Open(entry, *detected, true);
    } else if (const auto* resolved = dynamic_cast<const ConflictResolved*>(entry.message.get())) {
      Resolve(*resolved);
    } else if (SaysAnew(*entry.message->GetDescriptor())) {
      for (SaidField& said : FieldsSaid(*entry.message)) Say(said.key, entry, said.value);
    }
  }
}

const FieldSayings* Said::Find(const FieldKey& key) const {
  const auto found = fields_.find(key);
  return found == fields_.end() ? nullptr : &found->second;
}

const Message* Said::Event(std::string_view event_id) const {
  const auto found = events_.find(event_id);
  return found == events_.end() ? nullptr : found->second.get();
}

std::string Said::Standing(std::string_view event_id, const std::string& field) const {
  const Message* event = Event(event_id);
  if (event == nullptr) return "";
  const absl::StatusOr<std::string> value = payload::ReadField(*event, field);
  return value.ok() ? *value : "";
}

void Said::Say(const FieldKey& key, const Entry& entry, std::string value) {
  const log::v1::Event& event = entry.record.event();
  fields_[key].sayings.push_back({.request_id = event.request_id(),
                                  .actor_id = event.actor().actor_id(),
                                  .device = event.device(),
                                  .value = std::move(value),
                                  .event_id = event.event_id(),
                                  .revision = entry.record.revision(),
                                  .request_digest = entry.record.request_digest()});
}

void Said::Correct(const Entry& entry, const DetailsCorrected& correction) {
  const auto corrected = events_.find(correction.corrects_event_id());
  if (corrected == events_.end()) return;
  Message& event = *corrected->second;
  const std::string fact = domain::FactName(*event.GetDescriptor());
  const bool is_order = correction.reason() == kConflictReason;
  const auto make = [&](const auto& changes, const std::string& person_id) {
    for (const common::v1::FieldChange& change : changes) {
      const absl::Status written = payload::WriteField(event, change.field(), change.new_value());
      if (!written.ok() || is_order) continue;
      const auto value = payload::ReadField(event, change.field());
      const std::string field = absl::StrCat(fact, ".", change.field());
      Say({correction.corrects_event_id(), field, person_id}, entry, *value);
      // Whoever corrects what was said anew has said it.
      for (Saying& saying : fields_[{"", field, person_id}].sayings) {
        if (saying.event_id == correction.corrects_event_id()) saying.value = *value;
      }
    }
  };
  make(correction.changes(), "");
  for (const auto& person : correction.persons()) {
    make(person.changes(), person.person_id());
    make(person.personal_changes(), person.person_id());
  }
}

void Said::Open(const Entry& entry, const ConflictDetected& detected, bool is_open) {
  OpenConflict conflict{entry.record.event().event_id(), entry.record.revision(), {}};
  for (const auto& said : detected.entries()) conflict.request_ids.push_back(said.request_id());
  const auto names = [&conflict](const Saying& saying) {
    return std::ranges::find(conflict.request_ids, saying.request_id) != conflict.request_ids.end();
  };
  const auto& values = detected.has_person() ? detected.person().values() : detected.values();
  for (auto& [key, field] : fields_) {
    if (key.field != detected.field() || std::ranges::none_of(field.sayings, names)) continue;
    for (int i = 0; i < detected.entries_size() && i < values.size(); ++i) {
      const auto& said = detected.entries(i);
      const auto same = [&said](const Saying& saying) {
        return saying.request_id == said.request_id();
      };
      const auto known = std::ranges::find_if(field.sayings, same);
      if (known != field.sayings.end()) {
        known->base_revision = said.base_revision();
        continue;
      }
      // A correction that does not stand is kept by the conflict only.
      field.sayings.push_back({.request_id = said.request_id(),
                               .actor_id = said.actor_id(),
                               .device = said.device(),
                               .value = values[i],
                               .revision = conflict.revision,
                               .base_revision = said.base_revision()});
    }
    if (is_open) field.open.push_back(std::move(conflict));
    return;
  }
}

void Said::Resolve(const ConflictResolved& resolved) {
  for (auto& [key, field] : fields_) {
    const auto named =
        std::ranges::find(field.open, resolved.conflict_event_id(), &OpenConflict::event_id);
    if (named == field.open.end()) continue;
    const std::vector<std::string> entries = named->request_ids;
    std::erase_if(field.sayings, [&](const Saying& saying) {
      return saying.request_id != resolved.chosen_request_id() &&
             std::ranges::find(entries, saying.request_id) != entries.end();
    });
    for (Saying& saying : field.sayings) {
      if (saying.request_id == resolved.chosen_request_id()) saying.chosen = true;
    }
    field.open.erase(named);
    return;
  }
}

}  // namespace mlup::sync
