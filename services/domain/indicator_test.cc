// The rules of an indicator and of a harvested outcome.
#include "services/domain/indicator.h"

#include "gtest/gtest.h"

#include "services/domain/rule_test.h"

namespace mlup::domain::indicator_test {
namespace {

constexpr char kStream[] = "indicator/i";

std::string Defined(int version, const std::string& code = "served") {
  return absl::StrCat("indicator_defined { code: '", code, "' version: ", version, " }");
}

TEST(IndicatorTest, ADefinitionIsTheNextVersionOfItsIndicator) {
  EXPECT_EQ(Given(kStream).Refusal(Defined(1)), "");
  EXPECT_EQ(Given(kStream).Refusal(Defined(2)), "INDICATOR_VERSION");
  EXPECT_EQ(Given(kStream, {Defined(1)}).Refusal(Defined(1)), "INDICATOR_VERSION");
  EXPECT_EQ(Given(kStream, {Defined(1)}).Refusal(Defined(2)), "");
  EXPECT_EQ(Given(kStream, {Defined(1)}).Refusal(Defined(2, "reached")), "OTHER_INDICATOR");
}

TEST(IndicatorTest, AFigureNeedsARecord) {
  for (const std::string fact :
       {"target_set { }", "indicator_measured { }", "aggregate_figure_reported { }"}) {
    EXPECT_EQ(Given(kStream).Refusal(fact), "STREAM_UNKNOWN");
    EXPECT_EQ(Given(kStream, {Defined(1)}).Refusal(fact), "");
  }
}

TEST(OutcomeTest, IsSubstantiatedBySomebodyElse) {
  const std::string harvested = "outcome_harvested { change: 'they teach each other' }";
  const std::string said = "outcome_substantiated { outcome_event_id: 'e1' }";
  const Records world = Given(kStream, {harvested});
  Asking other;
  other.actor_id = "staff-mel-1";
  EXPECT_EQ(world.Refusal(kStream, said, other), "");
  EXPECT_EQ(world.Refusal(said), "SAME_PERSON_HARVESTED");
  EXPECT_EQ(world.Refusal(kStream, "outcome_substantiated { outcome_event_id: 'e9' }", other),
            "EVENT_NOT_ON_STREAM");
}

}  // namespace
}  // namespace mlup::domain::indicator_test
