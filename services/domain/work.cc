#include "services/domain/work.h"

#include <algorithm>
#include <map>
#include <string>

#include "mlup/training/v1/skill_events.pb.h"
#include "mlup/training/v1/training_events.pb.h"

namespace mlup::domain {

namespace training_pb = ::mlup::training::v1;

struct WorkState {
  int open_experiences = 0;
  int open_jobs = 0;
  int open_scholarships = 0;
  // By trade.
  std::map<std::string, int> open_trainings;
};

namespace {

// How many of a kind are open, as its beginning and its end name it.
int& Open(WorkState& state, const training_pb::WorkExperienceStarted&) {
  return state.open_experiences;
}
int& Open(WorkState& state, const training_pb::WorkExperienceEnded&) {
  return state.open_experiences;
}
int& Open(WorkState& state, const training_pb::EmploymentObtained&) { return state.open_jobs; }
int& Open(WorkState& state, const training_pb::EmploymentEnded&) { return state.open_jobs; }
int& Open(WorkState& state, const training_pb::ScholarshipAwarded&) {
  return state.open_scholarships;
}
int& Open(WorkState& state, const training_pb::ScholarshipEnded&) {
  return state.open_scholarships;
}
int& Open(WorkState& state, const training_pb::VocationalTrainingEnrolled& enrolled) {
  return state.open_trainings[enrolled.trade()];
}
int& Open(WorkState& state, const training_pb::VocationalTrainingEnded& ended) {
  return state.open_trainings[ended.trade()];
}

template <typename Fact>
void Begin(WorkState& state, const Fact& fact, const EventInfo&) {
  ++Open(state, fact);
}

// The beginning may have been voided since, and an end without a known beginning closes nothing.
template <typename Fact>
void End(WorkState& state, const Fact& fact, const EventInfo&) {
  int& open = Open(state, fact);
  if (!fact.start_unknown()) open = std::max(0, open - 1);
}

template <typename Fact>
absl::Status MayEnd(const WorkState& state, const Fact& fact, const RuleContext&) {
  WorkState copy = state;
  if (fact.start_unknown() || Open(copy, fact) > 0) return absl::OkStatus();
  return Refuse("NOT_STARTED", "no such thing is open",
                "record its beginning first, or say start_unknown if nobody did");
}

// The facts that begin and end one kind of thing.
template <typename Started, typename Ended>
void Add(Aggregate<WorkState>& rules) {
  rules.On<Started>(Begin).template On<Ended>(End).template May<Ended>(MayEnd);
}

}  // namespace

const Aggregate<WorkState>& Work() {
  static const auto& rules = []() -> Aggregate<WorkState>& {
    auto& made = Aggregate<WorkState>::Make("work");
    Add<training_pb::WorkExperienceStarted, training_pb::WorkExperienceEnded>(made);
    Add<training_pb::EmploymentObtained, training_pb::EmploymentEnded>(made);
    Add<training_pb::ScholarshipAwarded, training_pb::ScholarshipEnded>(made);
    Add<training_pb::VocationalTrainingEnrolled, training_pb::VocationalTrainingEnded>(made);
    return made;
  }();
  return rules;
}

}  // namespace mlup::domain
