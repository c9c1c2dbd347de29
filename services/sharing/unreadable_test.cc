// Events that this program cannot read: told to nobody, and in nobody's way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/sharing/sharing_test_world.h"

namespace mlup::sharing::unreadable_test {
namespace {

using testing::ElementsAre;

std::vector<std::uint64_t> SeenBy(TestWorld& world, std::string_view subscriber) {
  std::vector<std::uint64_t> positions;
  for (const log::v1::Record& record : world.Drain(*world.Open(subscriber))) {
    positions.push_back(record.position());
  }
  return positions;
}

TEST(UnreadableTest, WhatCannotBeReadIsNeverDeliveredAndTheFeedGoesOn) {
  TestWorld world(kTwoSubscribers);
  world.Register(1);                                                           // 1
  const Position unknown = world.log().AppendUnknown(CaseStream(11));          // 2
  const Position erasure = world.log().AppendUnknown("erasure/" + TestId(1));  // 3
  cases::v1::CaseClosed closed;
  closed.mutable_child()->set_person_id(TestId(1));
  const Position damaged = world.log().AppendDamaged(CaseStream(11), closed);  // 4
  world.OpenCase(11, 1);                                                       // 5
  EXPECT_THAT(SeenBy(world, "own"), ElementsAre(1, 5));
  for (const Position position : {unknown, erasure, damaged}) {
    EXPECT_EQ(world.OutcomeOf("own", position), Outcome::kTypeUnknown) << position.value;
  }
}

TEST(UnreadableTest, AnErasureIsToldWhateverItHolds) {
  TestWorld world(kTwoSubscribers);
  world.Register(1);  // 1
  EXPECT_THAT(SeenBy(world, "own"), ElementsAre(1));
  world.log().AppendDamaged("erasure/" + TestId(1), privacy::v1::PersonDataErased());  // 2
  EXPECT_THAT(SeenBy(world, "own"), ElementsAre(1, 2));
}

TEST(UnreadableTest, WhoHasAPartInWhatCannotBeReadIsAskedForConsentAllTheSame) {
  TestWorld world(kTwoSubscribers);
  const std::string household = "household/" + TestId(20);
  const auto add = [](unsigned person) {
    cases::v1::HouseholdMemberAdded added;
    added.mutable_member()->set_person_id(TestId(person));
    return added;
  };
  cases::v1::AssessmentCompleted assessment;
  world.Register(1);                             // 1
  world.Consent(1);                              // 2
  world.log().Append(household, add(1));         // 3
  world.log().Append(household, assessment);     // 4
  world.log().AppendDamaged(household, add(2));  // 5
  world.log().Append(household, assessment);     // 6
  EXPECT_THAT(SeenBy(world, "ministry"), testing::Not(testing::Contains(6)));
  EXPECT_EQ(world.OutcomeOf("ministry", {6}), Outcome::kConsentMissing);
}

}  // namespace
}  // namespace mlup::sharing::unreadable_test
