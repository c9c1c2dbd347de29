// The training service: activities, courses, attendance, skills and work.
#pragma once

#include "mlup/training/v1/training_service.pb.h"
#include "services/command/command_handler.h"

namespace mlup::training {

namespace pb = ::mlup::training::v1;
using command::CommandResult;

// One method a call of mlup.training.v1.TrainingService; the rules are in activity_rules.h and
// skill_rules.h, what is the same for all calls in services/command/command_handler.h.
//
// Any thread. Borrows `commands`, which must outlive it.
class TrainingService {
 public:
  explicit TrainingService(command::CommandHandler& commands) : commands_(commands) {}

  absl::StatusOr<CommandResult> HoldActivity(const pb::HoldActivityRequest& request);
  absl::StatusOr<CommandResult> CancelActivity(const pb::CancelActivityRequest& request);
  absl::StatusOr<CommandResult> RecordAttendance(const pb::RecordAttendanceRequest& request);
  absl::StatusOr<CommandResult> RecordHeadcount(const pb::RecordHeadcountRequest& request);
  absl::StatusOr<CommandResult> EndWorkExperience(const pb::EndWorkExperienceRequest& request);
  absl::StatusOr<CommandResult> RequestApproval(const pb::RequestApprovalRequest& request);
  absl::StatusOr<CommandResult> GrantApproval(const pb::GrantApprovalRequest& request);
  absl::StatusOr<CommandResult> RejectApproval(const pb::RejectApprovalRequest& request);
  absl::StatusOr<CommandResult> VoidEntry(const pb::VoidEntryRequest& request);
  absl::StatusOr<CommandResult> CorrectDetails(const pb::CorrectDetailsRequest& request);
  absl::StatusOr<CommandResult> Record(const pb::RecordRequest& request);

 private:
  command::CommandHandler& commands_;
};

}  // namespace mlup::training
