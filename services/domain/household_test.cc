// The rules of a household's members; how households merge is in person_test.cc.
#include "services/domain/household.h"

#include "gtest/gtest.h"

#include "services/domain/rule_test.h"

namespace mlup::domain::household_test {
namespace {

constexpr char kHousehold[] = "household/h";
constexpr char kRegistered[] = "household_registered { }";
constexpr char kAdded[] = "household_member_added { member { person_id: 'sok' } }";
constexpr char kOtherAdded[] = "household_member_added { member { person_id: 'dara' } }";
constexpr char kRemoved[] = "household_member_removed { member { person_id: 'sok' } }";

TEST(HouseholdTest, AMemberBelongsOnce) {
  const struct {
    std::vector<std::string> before;
    std::string fact;
    std::string refusal;
  } cases[] = {
      {{kRegistered}, kAdded, ""},
      {{kRegistered, kAdded}, kAdded, "ALREADY_MEMBER"},
      {{kRegistered, kAdded}, kOtherAdded, ""},
      {{kRegistered, kAdded}, kRemoved, ""},
      {{kRegistered}, kRemoved, "NOT_MEMBER"},
      {{kRegistered, kOtherAdded}, kRemoved, "NOT_MEMBER"},
      {{kRegistered, kAdded, kRemoved}, kRemoved, "NOT_MEMBER"},
      {{kRegistered, kAdded, kRemoved}, kAdded, ""},
      {{}, kAdded, "STREAM_UNKNOWN"},
      {{}, kRemoved, "STREAM_UNKNOWN"},
      {{kRegistered}, kRegistered, "STREAM_EXISTS"},
  };
  for (const auto& [before, fact, refusal] : cases) {
    EXPECT_EQ(Given(kHousehold, before).Refusal(fact), refusal)
        << testing::PrintToString(before) << fact;
  }
}

}  // namespace
}  // namespace mlup::domain::household_test
