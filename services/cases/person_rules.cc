#include "services/cases/person_rules.h"

#include <algorithm>
#include <utility>

namespace mlup::cases {
namespace {

using command::Accept;
using command::Refuse;
using command::RuleContext;

// On streams other than a person's anybody may be named.
absl::Status NeedSamePerson(const RuleContext& context, const std::string& person_id) {
  const bool about_person = context.stream.rfind("person/", 0) == 0;
  if (!about_person || person_id.empty() || context.stream == "person/" + person_id) {
    return absl::OkStatus();
  }
  return Refuse("OTHER_PERSON", "the stream is another person's");
}

absl::Status NeedMergeable(const RecordStates& states, const RuleContext& context,
                           const std::string& survivor, const std::string& approval_id) {
  const RecordState& ending = states.Of(context.stream);
  const RecordState& lasting = states.Of(survivor);
  if (!ending.merge_event_id.empty())
    return Refuse("ALREADY_MERGED", "the record is merged already");
  if (survivor == context.stream || !lasting.known || !lasting.merge_event_id.empty()) {
    return Refuse("SURVIVOR_UNKNOWN", "the record that goes on must be another one that lives");
  }
  const auto granted = ending.granted.find(approval_id);
  if (granted == ending.granted.end() || granted->second != common::v1::APPROVAL_SUBJECT_MERGE) {
    return Refuse("APPROVAL_MISSING", "a merge needs an approval granted on the record that ends");
  }
  return absl::OkStatus();
}

absl::Status NeedMerge(const RecordState& state, const std::string& merge_event_id) {
  if (state.merge_event_id == merge_event_id) return absl::OkStatus();
  return Refuse("NOT_MERGED", "no merge with this event id is in force");
}

// The person that a fact is about where its stream is a person's; empty where it names nobody.
std::string PersonOf(const pb::RecordRequest& request) {
  switch (request.fact_case()) {
    case pb::RecordRequest::kPersonRegistered:
      return request.person_registered().person().person_id();
    case pb::RecordRequest::kResidenceChanged:
      return request.residence_changed().person().person_id();
    case pb::RecordRequest::kDisabilityRecorded:
      return request.disability_recorded().person().person_id();
    case pb::RecordRequest::kSchoolStatusChanged:
      return request.school_status_changed().person().person_id();
    case pb::RecordRequest::kChildBirthRecorded:
      return request.child_birth_recorded().parent().person_id();
    case pb::RecordRequest::kTestimonyRecorded:
      return request.testimony_recorded().person().person_id();
    case pb::RecordRequest::kConsentRecorded:
      return request.consent_recorded().person().person_id();
    case pb::RecordRequest::kTaskCreated:
      return request.task_created().person().person_id();
    case pb::RecordRequest::kNoteRecorded:
      return request.note_recorded().person().person_id();
    case pb::RecordRequest::kHouseholdRegistered:
    case pb::RecordRequest::kConcernReceived:
    case pb::RecordRequest::kCaseGroupFormed:
    case pb::RecordRequest::kJointInterventionConducted:
    case pb::RecordRequest::kIncidentReported:
    case pb::RecordRequest::kDocumentAttached:
    case pb::RecordRequest::FACT_NOT_SET:
      return {};
  }
  return {};
}

pb::CaseEvent ToEvent(const pb::RecordRequest& request) {
  pb::CaseEvent event;
  switch (request.fact_case()) {
    case pb::RecordRequest::kPersonRegistered:
      *event.mutable_person_registered() = request.person_registered();
      break;
    case pb::RecordRequest::kResidenceChanged:
      *event.mutable_residence_changed() = request.residence_changed();
      break;
    case pb::RecordRequest::kDisabilityRecorded:
      *event.mutable_disability_recorded() = request.disability_recorded();
      break;
    case pb::RecordRequest::kSchoolStatusChanged:
      *event.mutable_school_status_changed() = request.school_status_changed();
      break;
    case pb::RecordRequest::kChildBirthRecorded:
      *event.mutable_child_birth_recorded() = request.child_birth_recorded();
      break;
    case pb::RecordRequest::kTestimonyRecorded:
      *event.mutable_testimony_recorded() = request.testimony_recorded();
      break;
    case pb::RecordRequest::kConsentRecorded:
      *event.mutable_consent_recorded() = request.consent_recorded();
      break;
    case pb::RecordRequest::kHouseholdRegistered:
      *event.mutable_household_registered() = request.household_registered();
      break;
    case pb::RecordRequest::kConcernReceived:
      *event.mutable_concern_received() = request.concern_received();
      break;
    case pb::RecordRequest::kTaskCreated:
      *event.mutable_task_created() = request.task_created();
      break;
    case pb::RecordRequest::kCaseGroupFormed:
      *event.mutable_case_group_formed() = request.case_group_formed();
      break;
    case pb::RecordRequest::kJointInterventionConducted:
      *event.mutable_joint_intervention_conducted() = request.joint_intervention_conducted();
      break;
    case pb::RecordRequest::kIncidentReported:
      *event.mutable_incident_reported() = request.incident_reported();
      break;
    case pb::RecordRequest::kNoteRecorded:
      *event.mutable_note_recorded() = request.note_recorded();
      break;
    case pb::RecordRequest::kDocumentAttached:
      *event.mutable_document_attached() = request.document_attached();
      break;
    case pb::RecordRequest::FACT_NOT_SET:
      break;
  }
  return event;
}

}  // namespace

Decision Decide(const RecordStates& states, const pb::StartPersonRoleRequest& request,
                const RuleContext& context) {
  const auto& person = request.person_role_started().person();
  RETURN_IF_ERROR(NeedSamePerson(context, person.person_id()));
  const HeldRole role = {person.role(), person.org_id(), person.group_id()};
  const auto& held = states.Of(context.stream).roles;
  if (std::find(held.begin(), held.end(), role) != held.end()) {
    return Refuse("ROLE_ALREADY_HELD", "the person has this role there already");
  }
  pb::CaseEvent event;
  *event.mutable_person_role_started() = request.person_role_started();
  return Accept(std::move(event));
}

Decision Decide(const RecordStates& states, const pb::EndPersonRoleRequest& request,
                const RuleContext& context) {
  const auto& person = request.person_role_ended().person();
  RETURN_IF_ERROR(NeedSamePerson(context, person.person_id()));
  const auto& held = states.Of(context.stream).roles;
  const bool holds = std::any_of(held.begin(), held.end(), [&person](const HeldRole& role) {
    return role.role == person.role();
  });
  if (!holds && !person.start_unknown())
    return Refuse("ROLE_NOT_HELD", "the person has no such role");
  pb::CaseEvent event;
  *event.mutable_person_role_ended() = request.person_role_ended();
  return Accept(std::move(event));
}

Decision Decide(const RecordStates& states, const pb::AddHouseholdMemberRequest& request,
                const RuleContext& context) {
  const auto& member = request.household_member_added().member();
  if (states.Of(context.stream).member_ids.contains(member.person_id())) {
    return Refuse("ALREADY_MEMBER", "the person belongs to the household already");
  }
  pb::CaseEvent event;
  *event.mutable_household_member_added() = request.household_member_added();
  return Accept(std::move(event));
}

Decision Decide(const RecordStates& states, const pb::RemoveHouseholdMemberRequest& request,
                const RuleContext& context) {
  const auto& member = request.household_member_removed().member();
  if (!states.Of(context.stream).member_ids.contains(member.person_id())) {
    return Refuse("NOT_MEMBER", "the person does not belong to the household");
  }
  pb::CaseEvent event;
  *event.mutable_household_member_removed() = request.household_member_removed();
  return Accept(std::move(event));
}

Decision Decide(const RecordStates& states, const pb::MergePersonsRequest& request,
                const RuleContext& context) {
  const pb::PersonsMerged& merge = request.persons_merged();
  RETURN_IF_ERROR(NeedSamePerson(context, merge.person().person_id()));
  RETURN_IF_ERROR(NeedMergeable(states, context, "person/" + merge.survivor().person_id(),
                                merge.approval_id()));
  pb::CaseEvent event;
  *event.mutable_persons_merged() = merge;
  return Accept(std::move(event));
}

Decision Decide(const RecordStates& states, const pb::MergeHouseholdsRequest& request,
                const RuleContext& context) {
  const pb::HouseholdsMerged& merge = request.households_merged();
  RETURN_IF_ERROR(
      NeedMergeable(states, context, "household/" + merge.survivor_id(), merge.approval_id()));
  pb::CaseEvent event;
  *event.mutable_households_merged() = merge;
  return Accept(std::move(event));
}

Decision Decide(const RecordStates& states, const pb::UnmergePersonsRequest& request,
                const RuleContext& context) {
  RETURN_IF_ERROR(NeedSamePerson(context, request.persons_unmerged().person().person_id()));
  RETURN_IF_ERROR(
      NeedMerge(states.Of(context.stream), request.persons_unmerged().merge_event_id()));
  pb::CaseEvent event;
  *event.mutable_persons_unmerged() = request.persons_unmerged();
  return Accept(std::move(event));
}

Decision Decide(const RecordStates& states, const pb::UnmergeHouseholdsRequest& request,
                const RuleContext& context) {
  RETURN_IF_ERROR(
      NeedMerge(states.Of(context.stream), request.households_unmerged().merge_event_id()));
  pb::CaseEvent event;
  *event.mutable_households_unmerged() = request.households_unmerged();
  return Accept(std::move(event));
}

Decision Decide(const RecordStates& states, const pb::RecordRequest& request,
                const RuleContext& context) {
  RETURN_IF_ERROR(NeedSamePerson(context, PersonOf(request)));
  const std::string& child_id = states.Of(context.stream).child_id;
  if (request.has_concern_received() && !child_id.empty() &&
      request.concern_received().child().person_id() != child_id) {
    return Refuse("OTHER_CHILD", "the case is another child's");
  }
  return Accept(ToEvent(request));
}

}  // namespace mlup::cases
