// Index rows from records.
#include "projections/case_history/case_history_projection.h"

#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include <google/protobuf/message.h>

#include "eventstore/payload/payload.h"
#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/command/v1/command.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "mlup/donations/v1/donation_events.pb.h"
#include "mlup/training/v1/training_events.pb.h"
#include "projections/store/keys.h"

namespace mlup::projections {
namespace {

using google::protobuf::DynamicCastToGenerated;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool Is(const Message& message, const google::protobuf::Descriptor* type) {
  return message.GetDescriptor() == type;
}

std::string Person(const std::string& id) { return "person/" + id; }

// The rows of one record.
class Fold {
 public:
  Fold(const log::v1::Record& record, const Message& message, Rows& rows)
      : record_(record), message_(message), rows_(rows), stream_(record.stream()) {}

  void Run() {
    marks_[stream_] = IsCommon() ? kMarkCommon : 0;
    FoldSubjects();
    FoldReferences();
    FoldAnnotation();
    for (const auto& [entity, mark] : marks_) {
      rows_.Put(EntityKey(entity, position()),
                absl::StrCat(std::string(1, static_cast<char>(mark)), event()));
    }
  }

 private:
  Position position() const { return {record_.position()}; }
  // An event as the index names it: by its stream and its id, for that is where others name it.
  std::string OnThisStream(const std::string& event_id) const {
    return absl::StrCat(stream_, " ", event_id);
  }
  std::string event() const { return OnThisStream(record_.event().event_id()); }
  bool On(std::string_view category) const {
    return stream_.size() > category.size() && stream_.starts_with(category) &&
           stream_[category.size()] == '/';
  }

  void Name(const std::string& entity) {
    marks_[entity] = static_cast<unsigned char>(marks_[entity] | kMarkNamed);
  }
  void Link(const std::string& from, const std::string& to) {
    rows_.Put(LinkKey(from, to, position()), event());
  }
  void LinkBoth(const std::string& a, const std::string& b) {
    Link(a, b);
    Link(b, a);
  }

  // True where the event says something about everybody on a shared stream.
  bool IsCommon() const {
    const auto* type = message_.GetDescriptor();
    if (type->options().GetExtension(command::v1::event).creates()) return true;
    if (record_.event().subjects_size() > 0) return false;
    // One person's test; nobody knows whose.
    if (Is(message_, training::v1::TestResultRecorded::descriptor())) return false;
    if (Is(message_, common::v1::EntryVoided::descriptor())) return false;
    if (Is(message_, common::v1::DetailsCorrected::descriptor())) return false;
    if (Is(message_, donations::v1::DistributionReversed::descriptor())) return false;
    return type->FindFieldByName("recipient_kind") == nullptr &&
           type->FindFieldByName("beneficiary_kind") == nullptr;
  }

  void FoldSubjects() {
    for (const log::v1::SubjectPart& part : record_.event().subjects()) {
      Name(Person(part.subject_id()));
    }
    // A correction concerns what its target concerns already.
    if (Is(message_, common::v1::DetailsCorrected::descriptor())) return;
    if (On("household") || On("incident") || On("case_group") || On("activity") ||
        On("distribution")) {
      for (const log::v1::SubjectPart& part : record_.event().subjects()) {
        Link(Person(part.subject_id()), stream_);
      }
    }
    if (On("case")) LinkChild();
  }

  // A case is the child's; a caregiver named in it gets the events that name the caregiver only.
  void LinkChild() {
    const FieldDescriptor* field = message_.GetDescriptor()->FindFieldByName("child");
    if (field == nullptr || field->is_repeated()) return;
    const std::string id_field = payload::AboutField(*field);
    const google::protobuf::Reflection& reflection = *message_.GetReflection();
    if (id_field.empty() || !reflection.HasField(message_, field)) return;
    const Message& child = reflection.GetMessage(message_, field);
    LinkBoth(Person(child.GetReflection()->GetString(
                 child, child.GetDescriptor()->FindFieldByName(id_field))),
             stream_);
  }

  void FoldReferences() {
    if (const auto* opened = DynamicCastToGenerated<cases::v1::CaseOpened>(&message_)) {
      for (const std::string& id : opened->incident_ids()) Link(stream_, "incident/" + id);
    }
    if (const auto* formed = DynamicCastToGenerated<cases::v1::CaseGroupFormed>(&message_)) {
      for (const std::string& id : formed->case_ids()) Link("case/" + id, stream_);
    }
    if (const auto* merged = DynamicCastToGenerated<cases::v1::PersonsMerged>(&message_)) {
      LinkBoth(stream_, Person(merged->survivor().person_id()));
    }
    if (const auto* merged = DynamicCastToGenerated<cases::v1::HouseholdsMerged>(&message_)) {
      LinkBoth(stream_, "household/" + merged->survivor_id());
    }
    if (const auto* goods = DynamicCastToGenerated<donations::v1::ItemsDistributed>(&message_)) {
      FoldRecipient(goods->recipient_kind(), goods->recipient_id());
      FoldDonation(*goods);
    }
    if (const auto* cash =
            DynamicCastToGenerated<donations::v1::CashAssistanceDisbursed>(&message_)) {
      FoldRecipient(cash->recipient_kind(), cash->recipient_id());
    }
    if (const auto* set_aside =
            DynamicCastToGenerated<donations::v1::DonationAllocated>(&message_)) {
      FoldRecipient(set_aside->beneficiary_kind(), set_aside->beneficiary_id());
    }
  }

  void FoldRecipient(common::v1::RecipientKind kind, const std::string& id) {
    if (id.empty() || kind != common::v1::RECIPIENT_KIND_HOUSEHOLD) return;
    Name("household/" + id);
    Link("household/" + id, stream_);
  }

  // The donation behind the goods belongs to the story of those who received them.
  void FoldDonation(const donations::v1::ItemsDistributed& goods) {
    if (goods.donation_id().empty()) return;
    const std::string donation = "donation/" + goods.donation_id();
    for (const log::v1::SubjectPart& part : record_.event().subjects()) {
      Link(Person(part.subject_id()), donation);
    }
    if (goods.recipient_kind() == common::v1::RECIPIENT_KIND_HOUSEHOLD &&
        !goods.recipient_id().empty()) {
      Link("household/" + goods.recipient_id(), donation);
    }
  }

  void FoldAnnotation() {
    if (const auto* voided = DynamicCastToGenerated<common::v1::EntryVoided>(&message_)) {
      Concern(voided->voids_event_id());
      Undo(voided->voids_event_id());
    }
    if (const auto* changed = DynamicCastToGenerated<common::v1::DetailsCorrected>(&message_)) {
      Concern(changed->corrects_event_id());
    }
    if (const auto* back = DynamicCastToGenerated<donations::v1::DistributionReversed>(&message_)) {
      Concern(back->reverses_event_id());
    }
    if (const auto* unmerged = DynamicCastToGenerated<cases::v1::PersonsUnmerged>(&message_)) {
      Concern(unmerged->merge_event_id());
      Undo(unmerged->merge_event_id());
    }
    if (const auto* unmerged = DynamicCastToGenerated<cases::v1::HouseholdsUnmerged>(&message_)) {
      Concern(unmerged->merge_event_id());
      Undo(unmerged->merge_event_id());
    }
  }

  void Concern(const std::string& target) {
    rows_.Put(ConcernsKey(OnThisStream(target), position()), event());
  }
  void Undo(const std::string& target) {
    rows_.Put(UndoesKey(OnThisStream(target), position()), event());
  }

  const log::v1::Record& record_;
  const Message& message_;
  Rows& rows_;
  const std::string stream_;
  std::map<std::string, unsigned char> marks_;
};

}  // namespace

absl::Status CaseHistoryProjection::Apply(const log::v1::Record& record, Rows& rows) const {
  if (IsPassedOver(record.stream())) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::unique_ptr<Message> message, payload::JoinClear(record.event()));
  Fold(record, *message, rows).Run();
  return absl::OkStatus();
}

}  // namespace mlup::projections
