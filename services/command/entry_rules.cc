#include "services/command/entry_rules.h"

#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include <google/protobuf/descriptor.h>

#include "eventstore/payload/patch.h"
#include "eventstore/payload/payload.h"
#include "mlup/common/v1/common.pb.h"
#include "services/command/validator.h"

namespace mlup::command {
namespace {

using common::v1::ApprovalGranted;
using common::v1::ApprovalRejected;
using common::v1::ApprovalRequested;
using common::v1::DetailsCorrected;
using common::v1::EntryVoided;
using common::v1::FieldChange;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

absl::Status Bad(std::string_view reason, std::string_view field, std::string_view message) {
  return FieldError(absl::StatusCode::kInvalidArgument, reason, field, message);
}

template <typename Entry>
const Entry* As(const Message& message) {
  return dynamic_cast<const Entry*>(&message);
}

// The event that a void or a correction names, if it may be named.
absl::StatusOr<const LiveEvent*> Named(const History& history, std::string_view event_id,
                                       absl::Time known_at) {
  for (const LiveEvent& event : history.events) {
    if (event.info.event_id != event_id) continue;
    if (event.voided) return Refuse("ALREADY_VOIDED", "the event is voided already");
    if (As<EntryVoided>(*event.message) || As<DetailsCorrected>(*event.message)) {
      return Error(absl::StatusCode::kInvalidArgument, "ENTRY_NOT_A_FACT",
                   "a void or a correction is not voided or corrected: enter what is true");
    }
    if (known_at < event.known_at) {
      return Refuse("RECORDED_BEFORE_ORIGINAL", "it is recorded before the event that it names");
    }
    return &event;
  }
  return Refuse("EVENT_NOT_ON_STREAM", "no event of this stream has this id");
}

// What a path of a change leads to.
struct Target {
  // The person whose part it is in; empty in the common part.
  std::string subject_id;
  bool personal = false;
  bool names_person = false;
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
        if (id.ok())
          target.subject_id = std::string(absl::StripPrefix(absl::StripSuffix(*id, "\""), "\""));
      }
    } else if (i == 1 && !id_field.empty()) {
      target.names_person = name == id_field;
    }
    type = field->message_type();
  }
  return target;
}

// Checks clear changes against `event` and makes them in `corrected`. `subject_id` is empty for the
// common part.
absl::Status MakeChanges(const google::protobuf::RepeatedPtrField<FieldChange>& changes,
                         const std::string& subject_id, const Message& event, Message& corrected) {
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
    ASSIGN_OR_RETURN(const std::string old_value, payload::ReadField(event, change.field()));
    if (target.subject_id != subject_id) {
      return Bad("FIELD_NOT_CORRECTABLE", change.field(),
                 "must stand in the changes of the part that it belongs to");
    }
    if (old_value != (change.old_value().empty() ? "null" : change.old_value())) {
      return Refuse("OLD_VALUE_DIFFERS", absl::StrCat("the old value of ", change.field(),
                                                      " is not what stands in the record"));
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
    if (!target.personal || target.subject_id != person.person_id()) {
      return Bad("FIELD_NOT_CORRECTABLE", "details_corrected.persons.personal_changes",
                 "must name personal fields of this person's part");
    }
    const bool item = !change.field().empty() && change.field().back() == ']';
    // The items of a sealed list cannot be reached here.
    if (!item && !payload::WriteField(corrected, change.field(), change.new_value()).ok()) {
      return Bad("VALUE_INVALID", "details_corrected.persons.personal_changes",
                 "must hold values of their fields in proto JSON");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckCorrection(const History& history, const DetailsCorrected& correction,
                             const EntryContext& context) {
  ASSIGN_OR_RETURN(const LiveEvent* event,
                   Named(history, correction.corrects_event_id(), context.known_at));
  if (correction.changes().empty() && correction.persons().empty() && !correction.has_occurred() &&
      correction.place().empty()) {
    return Bad("FIELD_REQUIRED", "details_corrected.changes", "must name at least one change");
  }
  const std::unique_ptr<Message> corrected(event->message->New());
  corrected->CopyFrom(*event->message);
  RETURN_IF_ERROR(MakeChanges(correction.changes(), "", *event->message, *corrected));
  for (const auto& person : correction.persons()) {
    RETURN_IF_ERROR(MakeChanges(person.changes(), person.person_id(), *event->message, *corrected));
    RETURN_IF_ERROR(MakePersonalChanges(person, *event->message, *corrected));
  }
  return ValidateClear(*corrected);
}

struct Approval {
  common::v1::ApprovalSubject subject = common::v1::APPROVAL_SUBJECT_UNSPECIFIED;
  std::string asked_by;
  bool open = true;
};

std::map<std::string, Approval> FoldApprovals(const History& history) {
  std::map<std::string, Approval> approvals;
  for (const LiveEvent& event : history.events) {
    if (event.voided) continue;
    if (const auto* asked = As<ApprovalRequested>(*event.message)) {
      approvals[asked->approval_id()] = {asked->subject(), event.info.actor_id, true};
    } else if (const auto* granted = As<ApprovalGranted>(*event.message)) {
      approvals[granted->approval_id()].open = false;
    } else if (const auto* rejected = As<ApprovalRejected>(*event.message)) {
      approvals[rejected->approval_id()].open = false;
    }
  }
  return approvals;
}

absl::Status CheckRequest(const History& history, const ApprovalRequested& asked) {
  for (const auto& [id, approval] : FoldApprovals(history)) {
    if (id == asked.approval_id())
      return Refuse("APPROVAL_ID_USED", "the approval's id is used already");
    if (approval.open && approval.subject == asked.subject()) {
      return Refuse("APPROVAL_PENDING", "an approval for this is asked for already");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckAnswer(const History& history, const std::string& approval_id,
                         const EntryContext& context) {
  const auto approvals = FoldApprovals(history);
  const auto found = approvals.find(approval_id);
  if (found == approvals.end() || !found->second.open) {
    return Refuse("APPROVAL_NOT_PENDING", "no approval with this id waits for an answer");
  }
  const std::string& asked_by = found->second.asked_by;
  if (asked_by == context.actor_id || asked_by == context.on_behalf_of) {
    return Refuse("SAME_PERSON_ASKED", "who answers must not be who asked");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckEntry(const History& history, const Message& fact, const EntryContext& context) {
  if (const auto* entry = As<EntryVoided>(fact)) {
    return Named(history, entry->voids_event_id(), context.known_at).status();
  }
  if (const auto* entry = As<DetailsCorrected>(fact))
    return CheckCorrection(history, *entry, context);
  if (const auto* entry = As<ApprovalRequested>(fact)) return CheckRequest(history, *entry);
  if (const auto* entry = As<ApprovalGranted>(fact)) {
    return CheckAnswer(history, entry->approval_id(), context);
  }
  if (const auto* entry = As<ApprovalRejected>(fact)) {
    return CheckAnswer(history, entry->approval_id(), context);
  }
  return absl::OkStatus();
}

}  // namespace mlup::command
