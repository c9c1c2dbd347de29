#include "services/domain/mentorship.h"

#include "mlup/training/v1/skill_events.pb.h"

namespace mlup::domain {

namespace training_pb = ::mlup::training::v1;

struct MentorshipState {
  bool open = false;
};

namespace {

void On(MentorshipState& state, const training_pb::MentorMatched&, const EventInfo&) {
  state.open = true;
}

void On(MentorshipState& state, const training_pb::MentorMatchEnded&, const EventInfo&) {
  state.open = false;
}

absl::Status May(const MentorshipState&, const training_pb::MentorMatched& matched,
                 const RuleContext&) {
  if (matched.mentor().person_id() != matched.mentee().person_id()) return absl::OkStatus();
  return FieldError(absl::StatusCode::kInvalidArgument, "SAME_PERSON_MATCHED",
                    "mentor_matched.mentee.person_id", "must be another person than the mentor");
}

absl::Status May(const MentorshipState& state, const training_pb::MentorMatchEnded&,
                 const RuleContext&) {
  if (state.open) return absl::OkStatus();
  return Refuse("MATCH_NOT_OPEN", "the match has ended already",
                "a new one begins with mentor_matched on a record of its own");
}

}  // namespace

const Aggregate<MentorshipState>& Mentorship() {
  static const auto& rules = Aggregate<MentorshipState>::Make("mentorship")
                                 .On<training_pb::MentorMatched>(On)
                                 .May<training_pb::MentorMatched>(May)
                                 .On<training_pb::MentorMatchEnded>(On)
                                 .May<training_pb::MentorMatchEnded>(May);
  return rules;
}

}  // namespace mlup::domain
