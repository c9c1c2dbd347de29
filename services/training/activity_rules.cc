#include "services/training/activity_rules.h"

namespace mlup::training {
namespace {

using command::Accept;
using command::Refuse;

std::pair<std::string, std::uint32_t> Place(const pb::AttendanceRecorded& attendance) {
  return {attendance.person().person_id(), attendance.session_no()};
}

absl::Status CheckOpen(const ActivityState& state) {
  if (state.held) return Refuse("ALREADY_HELD", "the activity was held already");
  if (state.cancelled) return Refuse("ACTIVITY_CANCELLED", "the activity was cancelled");
  return absl::OkStatus();
}

absl::Status CheckHeld(const ActivityState& state) {
  if (state.held) return absl::OkStatus();
  return Refuse("ACTIVITY_NOT_HELD", "no activity is recorded as held on this stream");
}

}  // namespace

void Evolve(ActivityState& state, const pb::TrainingEvent& event, const command::EventInfo& info) {
  switch (event.kind_case()) {
    case pb::TrainingEvent::kActivityPlanned:
      state.planned = true;
      return;
    case pb::TrainingEvent::kActivityHeld:
      state.held = true;
      return;
    case pb::TrainingEvent::kActivityCancelled:
      state.cancelled = true;
      return;
    case pb::TrainingEvent::kAttendanceRecorded:
      state.attendances.insert(Place(event.attendance_recorded()));
      return;
    case pb::TrainingEvent::kHeadcountRecorded:
      state.headcounts.insert(info.event_id);
      state.last_headcount = info.event_id;
      return;
    case pb::TrainingEvent::kWorkExperienceEnded:
    case pb::TrainingEvent::kApprovalRequested:
    case pb::TrainingEvent::kApprovalGranted:
    case pb::TrainingEvent::kApprovalRejected:
    case pb::TrainingEvent::kEntryVoided:
    case pb::TrainingEvent::kDetailsCorrected:
    case pb::TrainingEvent::kCourseDefined:
    case pb::TrainingEvent::kFacilitatorAssigned:
    case pb::TrainingEvent::kTestResultRecorded:
    case pb::TrainingEvent::kOutcomeRecorded:
    case pb::TrainingEvent::kWorkExperienceAppliedFor:
    case pb::TrainingEvent::kWorkExperienceStarted:
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

Decision Decide(const ActivityState& state, const pb::HoldActivityRequest& request,
                const command::RuleContext&) {
  RETURN_IF_ERROR(CheckOpen(state));
  pb::TrainingEvent event;
  *event.mutable_activity_held() = request.activity_held();
  return Accept(std::move(event));
}

Decision Decide(const ActivityState& state, const pb::CancelActivityRequest& request,
                const command::RuleContext&) {
  RETURN_IF_ERROR(CheckOpen(state));
  if (!state.planned) return Refuse("NOT_PLANNED", "only a planned activity can be cancelled");
  pb::TrainingEvent event;
  *event.mutable_activity_cancelled() = request.activity_cancelled();
  return Accept(std::move(event));
}

Decision Decide(const ActivityState& state, const pb::RecordAttendanceRequest& request,
                const command::RuleContext&) {
  RETURN_IF_ERROR(CheckHeld(state));
  if (state.attendances.contains(Place(request.attendance_recorded()))) {
    return Refuse("ALREADY_ATTENDED", "the person's attendance at this session is recorded");
  }
  pb::TrainingEvent event;
  *event.mutable_attendance_recorded() = request.attendance_recorded();
  return Accept(std::move(event));
}

Decision Decide(const ActivityState& state, const pb::RecordHeadcountRequest& request,
                const command::RuleContext&) {
  const pb::HeadcountRecorded& headcount = request.headcount_recorded();
  const std::string& replaces = headcount.replaces_event_id();
  if (std::uint64_t{headcount.female()} + headcount.male() > headcount.n()) {
    return FieldError(absl::StatusCode::kInvalidArgument, "PARTS_EXCEED_WHOLE",
                      "headcount_recorded.n", "female and male together are more than n");
  }
  RETURN_IF_ERROR(CheckHeld(state));
  if (!replaces.empty() && !state.headcounts.contains(replaces)) {
    return Refuse("EVENT_NOT_ON_STREAM", "the head-count to replace is not on this stream");
  }
  if (replaces != state.last_headcount) {
    return Refuse("HEADCOUNT_EXISTS", "the last head-count must be named as the one replaced");
  }
  pb::TrainingEvent event;
  *event.mutable_headcount_recorded() = headcount;
  return Accept(std::move(event));
}

}  // namespace mlup::training
