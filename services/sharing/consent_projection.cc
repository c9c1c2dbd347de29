// Rows from records.
#include "services/sharing/consent_projection.h"

#include <memory>
#include <string>

#include <google/protobuf/message.h>

#include "eventstore/base/bytes.h"
#include "eventstore/log/append_rules.h"
#include "eventstore/payload/payload.h"
#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "services/sharing/consent_keys.h"

namespace mlup::sharing {
namespace {

using google::protobuf::DynamicCastToGenerated;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string IdOf(const std::string& stream) { return stream.substr(stream.find('/') + 1); }

// The person in the field `child`, which every event that is about a case's own child has; empty
// where there is none.
std::string ChildOf(const Message& message) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName("child");
  if (field == nullptr || field->is_repeated()) return "";
  const std::string id_field = payload::AboutField(*field);
  if (id_field.empty() || !message.GetReflection()->HasField(message, field)) return "";
  const Message& child = message.GetReflection()->GetMessage(message, field);
  return child.GetReflection()->GetString(child, child.GetDescriptor()->FindFieldByName(id_field));
}

// The rows of one record.
class Fold {
 public:
  Fold(const log::v1::Record& record, const Message& message, projections::Rows& rows)
      : record_(record),
        message_(message),
        rows_(rows),
        category_(log::CategoryOf(record.stream())) {}

  void Run() {
    FoldOwners();
    if (category_ == "person") FoldPerson();
  }

 private:
  Position position() const { return {record_.position()}; }

  void Owns(const std::string& person, const std::string& id) {
    rows_.Put(Key('o', id, person), "");
  }

  void FoldOwners() {
    const std::string id = IdOf(record_.stream());
    for (const log::v1::SubjectPart& part : record_.event().subjects()) {
      Owns(part.subject_id(), part.subject_id());
      if (category_ == "household" || category_ == "incident" || category_ == "case_group") {
        Owns(part.subject_id(), id);
      }
    }
    if (category_ == "person") Owns(id, id);
    if (category_ == "case") {
      const std::string child = ChildOf(message_);
      if (!child.empty()) Owns(child, id);
    }
    if (const auto* formed = DynamicCastToGenerated<cases::v1::CaseGroupFormed>(&message_)) {
      for (const std::string& member : formed->case_ids()) rows_.Put(Key('g', id, member), "");
    }
  }

  void FoldPerson() {
    if (const auto* consent = DynamicCastToGenerated<cases::v1::ConsentRecorded>(&message_)) {
      std::string value = EventKeyPart(record_.stream(), record_.event().event_id());
      value.push_back('\0');
      rows_.Put(Key('c', consent->person().person_id(), position()),
                value + consent->SerializeAsString());
    }
    if (const auto* merged = DynamicCastToGenerated<cases::v1::PersonsMerged>(&message_)) {
      const std::string& ended = merged->person().person_id();
      const std::string& survivor = merged->survivor().person_id();
      rows_.Put(Key('m', ended, position()), record_.event().event_id() + survivor);
      rows_.Put(Key('s', survivor, ended), "");
    }
    if (const auto* unmerged = DynamicCastToGenerated<cases::v1::PersonsUnmerged>(&message_)) {
      rows_.Put(Key('m', unmerged->person().person_id(), position()), record_.event().event_id());
    }
    if (const auto* voided = DynamicCastToGenerated<common::v1::EntryVoided>(&message_)) {
      rows_.Put(KeyPrefix('v', EventKeyPart(record_.stream(), voided->voids_event_id())), "");
    }
    if (const auto* changed = DynamicCastToGenerated<common::v1::DetailsCorrected>(&message_)) {
      rows_.Put(Key('x', EventKeyPart(record_.stream(), changed->corrects_event_id()), position()),
                changed->SerializeAsString());
    }
  }

  const log::v1::Record& record_;
  const Message& message_;
  projections::Rows& rows_;
  const std::string_view category_;
};

}  // namespace

absl::Status ConsentProjection::Apply(const log::v1::Record& record,
                                      projections::Rows& rows) const {
  rows.Put(KeyPrefix('e', record.event().event_id()), BigEndian(record.position()));
  // What others say about persons does not change what is known of them here, and an erasure is
  // told by its stream alone.
  const std::string_view category = log::CategoryOf(record.stream());
  const bool is_indexed_only = category == "ext" || category == "erasure";
  if (!is_indexed_only && projections::IsPassedOver(record.stream())) return absl::OkStatus();
  rows.Put(KeyPrefix('i', EventKeyPart(record.stream(), record.event().event_id())),
           BigEndian(record.position()) + record.event().type());
  if (is_indexed_only) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::unique_ptr<Message> message, payload::JoinClear(record.event()));
  Fold(record, *message, rows).Run();
  return absl::OkStatus();
}

}  // namespace mlup::sharing
