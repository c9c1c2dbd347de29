#include "services/training/skill_rules.h"

#include <algorithm>

namespace mlup::training {

void Evolve(SkillState& state, const pb::TrainingEvent& event, const command::EventInfo&) {
  switch (event.kind_case()) {
    case pb::TrainingEvent::kWorkExperienceStarted:
      ++state.open_work_experiences;
      return;
    case pb::TrainingEvent::kWorkExperienceEnded:
      // The beginning may have been voided since, and an end without a known beginning closes
      // nothing.
      if (!event.work_experience_ended().start_unknown()) {
        state.open_work_experiences = std::max(0, state.open_work_experiences - 1);
      }
      return;
    case pb::TrainingEvent::kActivityHeld:
    case pb::TrainingEvent::kActivityCancelled:
    case pb::TrainingEvent::kAttendanceRecorded:
    case pb::TrainingEvent::kHeadcountRecorded:
    case pb::TrainingEvent::kApprovalRequested:
    case pb::TrainingEvent::kApprovalGranted:
    case pb::TrainingEvent::kApprovalRejected:
    case pb::TrainingEvent::kEntryVoided:
    case pb::TrainingEvent::kDetailsCorrected:
    case pb::TrainingEvent::kCourseDefined:
    case pb::TrainingEvent::kActivityPlanned:
    case pb::TrainingEvent::kFacilitatorAssigned:
    case pb::TrainingEvent::kTestResultRecorded:
    case pb::TrainingEvent::kOutcomeRecorded:
    case pb::TrainingEvent::kWorkExperienceAppliedFor:
    case pb::TrainingEvent::kInterviewPassed:
    case pb::TrainingEvent::kJobOffered:
    case pb::TrainingEvent::kEmploymentObtained:
    case pb::TrainingEvent::kScholarshipAppliedFor:
    case pb::TrainingEvent::kScholarshipAwarded:
    case pb::TrainingEvent::kDocumentAttached:
    case pb::TrainingEvent::KIND_NOT_SET:
      return;
  }
}

Decision Decide(const SkillState& state, const pb::EndWorkExperienceRequest& request,
                const command::RuleContext&) {
  if (state.open_work_experiences == 0 && !request.work_experience_ended().start_unknown()) {
    return command::Refuse("NOT_STARTED",
                           "no work experience is open; say start_unknown if nobody recorded one");
  }
  pb::TrainingEvent event;
  *event.mutable_work_experience_ended() = request.work_experience_ended();
  return command::Accept(std::move(event));
}

}  // namespace mlup::training
