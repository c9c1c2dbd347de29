#include "services/training/training_service.h"

#include "services/training/activity_rules.h"
#include "services/training/skill_rules.h"

namespace mlup::training {

absl::StatusOr<CommandResult> TrainingService::HoldActivity(
    const pb::HoldActivityRequest& request) {
  return commands_.Execute<ActivityState, pb::TrainingEvent>(request);
}

absl::StatusOr<CommandResult> TrainingService::CancelActivity(
    const pb::CancelActivityRequest& request) {
  return commands_.Execute<ActivityState, pb::TrainingEvent>(request);
}

absl::StatusOr<CommandResult> TrainingService::RecordAttendance(
    const pb::RecordAttendanceRequest& request) {
  return commands_.Execute<ActivityState, pb::TrainingEvent>(request);
}

absl::StatusOr<CommandResult> TrainingService::RecordHeadcount(
    const pb::RecordHeadcountRequest& request) {
  return commands_.Execute<ActivityState, pb::TrainingEvent>(request);
}

absl::StatusOr<CommandResult> TrainingService::EndWorkExperience(
    const pb::EndWorkExperienceRequest& request) {
  return commands_.Execute<SkillState, pb::TrainingEvent>(request);
}

absl::StatusOr<CommandResult> TrainingService::RequestApproval(
    const pb::RequestApprovalRequest& request) {
  return commands_.Record(request);
}

absl::StatusOr<CommandResult> TrainingService::GrantApproval(
    const pb::GrantApprovalRequest& request) {
  return commands_.Record(request);
}

absl::StatusOr<CommandResult> TrainingService::RejectApproval(
    const pb::RejectApprovalRequest& request) {
  return commands_.Record(request);
}

absl::StatusOr<CommandResult> TrainingService::VoidEntry(const pb::VoidEntryRequest& request) {
  return commands_.Record(request);
}

absl::StatusOr<CommandResult> TrainingService::CorrectDetails(
    const pb::CorrectDetailsRequest& request) {
  return commands_.Record(request);
}

absl::StatusOr<CommandResult> TrainingService::Record(const pb::RecordRequest& request) {
  return commands_.Record(request);
}

}  // namespace mlup::training
