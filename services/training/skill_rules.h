// The rules of a person's way to work: a work experience ends only where one began.
#pragma once

#include "mlup/training/v1/training_service.pb.h"
#include "services/command/rule_context.h"

namespace mlup::training {

namespace pb = ::mlup::training::v1;
using Decision = command::Decision<pb::TrainingEvent>;

// What the rules remember of a person's stream.
struct SkillState {
  // Work experiences begun and not ended.
  int open_work_experiences = 0;
};

void Evolve(SkillState& state, const pb::TrainingEvent& event, const command::EventInfo& info);

// NOT_STARTED.
Decision Decide(const SkillState& state, const pb::EndWorkExperienceRequest& request,
                const command::RuleContext& context);

}  // namespace mlup::training
