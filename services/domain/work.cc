#include "services/domain/work.h"

#include <algorithm>

#include "mlup/training/v1/training_events.pb.h"

namespace mlup::domain {

namespace training_pb = ::mlup::training::v1;

struct WorkState {
  int open_experiences = 0;
};

namespace {

void On(WorkState& state, const training_pb::WorkExperienceStarted&, const EventInfo&) {
  ++state.open_experiences;
}

// The beginning may have been voided since, and an end without a known beginning closes nothing.
void On(WorkState& state, const training_pb::WorkExperienceEnded& ended, const EventInfo&) {
  if (!ended.start_unknown()) state.open_experiences = std::max(0, state.open_experiences - 1);
}

absl::Status May(const WorkState& state, const training_pb::WorkExperienceEnded& ended,
                 const RuleContext&) {
  if (state.open_experiences > 0 || ended.start_unknown()) return absl::OkStatus();
  return Refuse("NOT_STARTED", "no work experience is open",
                "say start_unknown if nobody recorded its beginning");
}

}  // namespace

const Aggregate<WorkState>& Work() {
  static const auto& rules = Aggregate<WorkState>::Make("work")
                                 .On<training_pb::WorkExperienceStarted>(On)
                                 .On<training_pb::WorkExperienceEnded>(On)
                                 .May<training_pb::WorkExperienceEnded>(May);
  return rules;
}

}  // namespace mlup::domain
