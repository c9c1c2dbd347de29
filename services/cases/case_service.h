// The case service: persons, households, cases and incidents.
#pragma once

#include "mlup/cases/v1/case_service.pb.h"
#include "services/command/command_handler.h"

namespace mlup::cases {

namespace pb = ::mlup::cases::v1;
using command::CommandResult;

// One method a call of mlup.cases.v1.CaseService; the rules are in case_rules.h and person_rules.h,
// what is the same for all calls in services/command/command_handler.h.
//
// Any thread. Borrows `commands`, which must outlive it.
class CaseService {
 public:
  explicit CaseService(command::CommandHandler& commands) : commands_(commands) {}

  absl::StatusOr<CommandResult> OpenCase(const pb::OpenCaseRequest& request);
  absl::StatusOr<CommandResult> CloseCase(const pb::CloseCaseRequest& request);
  absl::StatusOr<CommandResult> ReopenCase(const pb::ReopenCaseRequest& request);
  absl::StatusOr<CommandResult> ProvideService(const pb::ProvideServiceRequest& request);
  absl::StatusOr<CommandResult> CompleteAssessment(const pb::CompleteAssessmentRequest& request);
  absl::StatusOr<CommandResult> ConductFollowUp(const pb::ConductFollowUpRequest& request);
  absl::StatusOr<CommandResult> MakeReferral(const pb::MakeReferralRequest& request);
  absl::StatusOr<CommandResult> StartPlacement(const pb::StartPlacementRequest& request);
  absl::StatusOr<CommandResult> EndPlacement(const pb::EndPlacementRequest& request);
  absl::StatusOr<CommandResult> StartPersonRole(const pb::StartPersonRoleRequest& request);
  absl::StatusOr<CommandResult> EndPersonRole(const pb::EndPersonRoleRequest& request);
  absl::StatusOr<CommandResult> AddHouseholdMember(const pb::AddHouseholdMemberRequest& request);
  absl::StatusOr<CommandResult> RemoveHouseholdMember(
      const pb::RemoveHouseholdMemberRequest& request);
  absl::StatusOr<CommandResult> MergePersons(const pb::MergePersonsRequest& request);
  absl::StatusOr<CommandResult> UnmergePersons(const pb::UnmergePersonsRequest& request);
  absl::StatusOr<CommandResult> MergeHouseholds(const pb::MergeHouseholdsRequest& request);
  absl::StatusOr<CommandResult> UnmergeHouseholds(const pb::UnmergeHouseholdsRequest& request);
  absl::StatusOr<CommandResult> RequestApproval(const pb::RequestApprovalRequest& request);
  absl::StatusOr<CommandResult> GrantApproval(const pb::GrantApprovalRequest& request);
  absl::StatusOr<CommandResult> RejectApproval(const pb::RejectApprovalRequest& request);
  absl::StatusOr<CommandResult> VoidEntry(const pb::VoidEntryRequest& request);
  absl::StatusOr<CommandResult> CorrectDetails(const pb::CorrectDetailsRequest& request);
  absl::StatusOr<CommandResult> Record(const pb::RecordRequest& request);

 private:
  command::CommandHandler& commands_;
};

}  // namespace mlup::cases
