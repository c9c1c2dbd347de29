#include "services/cases/case_service.h"

#include "services/cases/case_rules.h"
#include "services/cases/person_rules.h"

namespace mlup::cases {

using pb::CaseEvent;

absl::StatusOr<CommandResult> CaseService::OpenCase(const pb::OpenCaseRequest& request) {
  return commands_.Execute<RecordStates, CaseEvent>(request);
}

absl::StatusOr<CommandResult> CaseService::CloseCase(const pb::CloseCaseRequest& request) {
  return commands_.Execute<RecordStates, CaseEvent>(request);
}

absl::StatusOr<CommandResult> CaseService::ReopenCase(const pb::ReopenCaseRequest& request) {
  return commands_.Execute<RecordStates, CaseEvent>(request);
}

absl::StatusOr<CommandResult> CaseService::ProvideService(
    const pb::ProvideServiceRequest& request) {
  return commands_.Execute<RecordStates, CaseEvent>(request);
}

absl::StatusOr<CommandResult> CaseService::CompleteAssessment(
    const pb::CompleteAssessmentRequest& request) {
  return commands_.Execute<RecordStates, CaseEvent>(request);
}

absl::StatusOr<CommandResult> CaseService::ConductFollowUp(
    const pb::ConductFollowUpRequest& request) {
  return commands_.Execute<RecordStates, CaseEvent>(request);
}

absl::StatusOr<CommandResult> CaseService::MakeReferral(const pb::MakeReferralRequest& request) {
  return commands_.Execute<RecordStates, CaseEvent>(
      request, {"person/" + request.referral_made().person().person_id()});
}

absl::StatusOr<CommandResult> CaseService::StartPlacement(
    const pb::StartPlacementRequest& request) {
  return commands_.Execute<RecordStates, CaseEvent>(request);
}

absl::StatusOr<CommandResult> CaseService::EndPlacement(const pb::EndPlacementRequest& request) {
  return commands_.Execute<RecordStates, CaseEvent>(request);
}

absl::StatusOr<CommandResult> CaseService::StartPersonRole(
    const pb::StartPersonRoleRequest& request) {
  return commands_.Execute<RecordStates, CaseEvent>(request);
}

absl::StatusOr<CommandResult> CaseService::EndPersonRole(const pb::EndPersonRoleRequest& request) {
  return commands_.Execute<RecordStates, CaseEvent>(request);
}

absl::StatusOr<CommandResult> CaseService::AddHouseholdMember(
    const pb::AddHouseholdMemberRequest& request) {
  return commands_.Execute<RecordStates, CaseEvent>(request);
}

absl::StatusOr<CommandResult> CaseService::RemoveHouseholdMember(
    const pb::RemoveHouseholdMemberRequest& request) {
  return commands_.Execute<RecordStates, CaseEvent>(request);
}

absl::StatusOr<CommandResult> CaseService::MergePersons(const pb::MergePersonsRequest& request) {
  return commands_.Execute<RecordStates, CaseEvent>(
      request, {"person/" + request.persons_merged().survivor().person_id()});
}

absl::StatusOr<CommandResult> CaseService::UnmergePersons(
    const pb::UnmergePersonsRequest& request) {
  return commands_.Execute<RecordStates, CaseEvent>(request);
}

absl::StatusOr<CommandResult> CaseService::MergeHouseholds(
    const pb::MergeHouseholdsRequest& request) {
  return commands_.Execute<RecordStates, CaseEvent>(
      request, {"household/" + request.households_merged().survivor_id()});
}

absl::StatusOr<CommandResult> CaseService::UnmergeHouseholds(
    const pb::UnmergeHouseholdsRequest& request) {
  return commands_.Execute<RecordStates, CaseEvent>(request);
}

absl::StatusOr<CommandResult> CaseService::RequestApproval(
    const pb::RequestApprovalRequest& request) {
  return commands_.Record(request);
}

absl::StatusOr<CommandResult> CaseService::GrantApproval(const pb::GrantApprovalRequest& request) {
  return commands_.Record(request);
}

absl::StatusOr<CommandResult> CaseService::RejectApproval(
    const pb::RejectApprovalRequest& request) {
  return commands_.Record(request);
}

absl::StatusOr<CommandResult> CaseService::VoidEntry(const pb::VoidEntryRequest& request) {
  return commands_.Record(request);
}

absl::StatusOr<CommandResult> CaseService::CorrectDetails(
    const pb::CorrectDetailsRequest& request) {
  return commands_.Record(request);
}

absl::StatusOr<CommandResult> CaseService::Record(const pb::RecordRequest& request) {
  return commands_.Execute<RecordStates, CaseEvent>(request);
}

}  // namespace mlup::cases
