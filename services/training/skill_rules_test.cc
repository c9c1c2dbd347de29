#include "services/training/skill_rules.h"

#include <gtest/gtest.h>

namespace mlup::training {
namespace {

pb::TrainingEvent Started() {
  pb::TrainingEvent event;
  event.mutable_work_experience_started()->set_months(3);
  return event;
}

pb::TrainingEvent Ended(bool start_unknown = false) {
  pb::TrainingEvent event;
  event.mutable_work_experience_ended()->set_start_unknown(start_unknown);
  return event;
}

SkillState After(const std::vector<pb::TrainingEvent>& events) {
  SkillState state;
  for (const auto& event : events) Evolve(state, event, {});
  return state;
}

std::string Refusal(const SkillState& state, bool start_unknown = false) {
  pb::EndWorkExperienceRequest request;
  request.mutable_work_experience_ended()->set_start_unknown(start_unknown);
  return ErrorReason(Decide(state, request, {}).status());
}

TEST(WorkExperienceTest, EndsOnlyWhereItBegan) {
  EXPECT_EQ(Refusal(After({Started()})), "");
  EXPECT_EQ(Refusal(After({})), "NOT_STARTED");
  EXPECT_EQ(Refusal(After({Started(), Ended()})), "NOT_STARTED");
  EXPECT_EQ(Refusal(After({Started(), Started(), Ended()})), "");
}

TEST(WorkExperienceTest, MayEndWithABeginningThatNobodyRecorded) {
  EXPECT_EQ(Refusal(After({}), true), "");
  EXPECT_EQ(Refusal(After({Started(), Ended(true)})), "");
}

TEST(WorkExperienceTest, AnEndWhoseBeginningWasVoidedFoldsToNothingOpen) {
  EXPECT_EQ(Refusal(After({Ended(), Started()})), "");
}

}  // namespace
}  // namespace mlup::training
