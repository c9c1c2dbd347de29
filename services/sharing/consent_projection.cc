#include "services/sharing/consent_projection.h"

#include <string>

#include <google/protobuf/message.h>

#include "eventstore/base/bytes.h"
#include "eventstore/base/categories.h"
#include "eventstore/payload/event_references.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/cases/v1/person_record_events.pb.h"
#include "services/sharing/consent_keys.h"

namespace mlup::sharing {
namespace {

using google::protobuf::DynamicCastToGenerated;
using google::protobuf::Message;

// The rows of one record.
class Fold {
 public:
  Fold(const log::v1::Record& record, projections::Rows& rows)
      : record_(record), rows_(rows), id_(RecordIdOf(record.stream())) {}

  // Also of a record that cannot be read: who has a part in it is an owner all the same.
  void RunEnvelope() {
    const Consent consent = CategoryFor(record_.stream()).consent;
    for (const log::v1::SubjectPart& part : record_.event().subjects()) {
      Owns(part.subject_id(), part.subject_id());
      if (consent == Consent::kItsPeoples || consent == Consent::kItsMembers) {
        Owns(part.subject_id(), id_);
      }
    }
    if (consent == Consent::kThePersons) Owns(id_, id_);
  }

  void Run(const Message& message) {
    FoldOwners(message);
    if (IsPersonStream(record_.stream())) FoldPerson(message);
  }

 private:
  Position position() const { return {record_.position()}; }

  void Owns(const std::string& person, const std::string& id) {
    rows_.Put(Key('o', id, person), "");
  }

  void FoldOwners(const Message& message) {
    const bool has_owner = CategoryFor(record_.stream()).consent == Consent::kTheOwners;
    for (const payload::ConcernedRecord& one : payload::ConcernedBy(message)) {
      if (one.concern == event::v1::CONCERN_OWNER && has_owner) Owns(one.id, id_);
      if (one.concern == event::v1::CONCERN_MEMBER) rows_.Put(Key('g', id_, one.id), "");
    }
  }

  void FoldPerson(const Message& message) {
    if (const auto* consent = DynamicCastToGenerated<cases::v1::ConsentRecorded>(&message)) {
      Decides(*consent);
    }
    // Kept as the refusal that it is from now on.
    if (const auto* withdrawn = DynamicCastToGenerated<cases::v1::ConsentWithdrawn>(&message)) {
      cases::v1::ConsentRecorded refusal;
      refusal.mutable_person()->set_person_id(withdrawn->person().person_id());
      refusal.mutable_person()->set_purpose(withdrawn->person().purpose());
      refusal.mutable_person()->set_decision(cases::v1::CONSENT_DECISION_REFUSED);
      Decides(refusal);
    }
    for (const auto& survivor : payload::ConcernedBy(message, event::v1::CONCERN_SURVIVOR)) {
      rows_.Put(Key('m', id_, position()), record_.event().event_id() + survivor.id);
      rows_.Put(Key('s', survivor.id, id_), "");
    }
    for (const payload::EventReference& reference : payload::ReferencesOf(message)) {
      FoldReference(message, reference);
    }
  }

  void Decides(const cases::v1::ConsentRecorded& consent) {
    std::string value = EventKeyPart(record_.stream(), record_.event().event_id());
    value.push_back('\0');
    rows_.Put(Key('c', consent.person().person_id(), position()),
              value + consent.SerializeAsString());
  }

  void FoldReference(const Message& message, const payload::EventReference& reference) {
    const std::string target = EventKeyPart(record_.stream(), reference.event_id);
    switch (reference.refers) {
      case event::v1::REFERENCE_UNDOES:
        rows_.Put(Key('m', id_, position()), record_.event().event_id());
        return;
      case event::v1::REFERENCE_VOIDS:
        rows_.Put(KeyPrefix('v', target), "");
        return;
      case event::v1::REFERENCE_CORRECTS:
        rows_.Put(Key('x', target, position()), message.SerializeAsString());
        return;
      default:
        return;
    }
  }

  const log::v1::Record& record_;
  projections::Rows& rows_;
  const std::string id_;
};

}  // namespace

absl::Status ConsentProjection::Apply(const projections::SharedEvent& event,
                                      projections::Rows& rows) const {
  const log::v1::Record& record = event.record();
  rows.Put(KeyPrefix('e', record.event().event_id()), BigEndian(record.position()));
  const Category& category = CategoryFor(record.stream());
  if (category.consent == Consent::kClosed) return absl::OkStatus();
  rows.Put(KeyPrefix('i', EventKeyPart(record.stream(), record.event().event_id())),
           BigEndian(record.position()) + record.event().type());
  // What others say about persons does not change what is known of them here, and an erasure is
  // told by its stream alone.
  if (category.appender != Appender::kCommands) return absl::OkStatus();
  Fold fold(record, rows);
  fold.RunEnvelope();
  if (event.clear().ok()) {
    fold.Run(**event.clear());
  } else {
    rows.PassOver();
  }
  return absl::OkStatus();
}

}  // namespace mlup::sharing
