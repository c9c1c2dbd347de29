// Small numbers are withheld, and nobody works them out.
#include "projections/counting/suppression.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlup::counting::suppression_test {
namespace {

using reports::v1::Row;
using ::testing::ElementsAre;

Row Of(const std::string& dimension, const std::string& member, int value,
       reports::v1::Unit unit = reports::v1::UNIT_UNIQUE_PERSONS) {
  Row row;
  row.mutable_cell()->set_code("x");
  row.mutable_cell()->set_dimension(dimension);
  row.mutable_cell()->set_member(member);
  row.set_unit(unit);
  row.set_value(std::to_string(value));
  row.set_evidence_count(static_cast<std::uint32_t>(value));
  return row;
}

// `12`, or `-` for what is withheld.
std::vector<std::string> Left(std::vector<Row> rows) {
  WithholdSmall(rows);
  std::vector<std::string> left;
  left.reserve(rows.size());
  for (const Row& row : rows) {
    const bool withheld = row.why_none() == reports::v1::WHY_NONE_WITHHELD;
    EXPECT_EQ(withheld, row.value().empty());
    EXPECT_TRUE(!withheld || row.evidence_count() == 0) << "events tell the number";
    left.push_back(withheld ? "-" : row.value());
  }
  return left;
}

TEST(SuppressionTest, LeavesWhatIsLarge) {
  EXPECT_THAT(Left({Of("", "", 11), Of("sex", "f", 5), Of("sex", "m", 6)}),
              ElementsAre("11", "5", "6"));
}

TEST(SuppressionTest, TakesASmallPartAndAnotherThatWouldTellIt) {
  EXPECT_THAT(Left({Of("", "", 59), Of("sex", "f", 3), Of("sex", "m", 20), Of("sex", "other", 36)}),
              ElementsAre("59", "-", "-", "36"));
  // Two parts of one are told by their sum.
  EXPECT_THAT(Left({Of("", "", 22), Of("p", "a", 1), Of("p", "b", 1), Of("p", "c", 20)}),
              ElementsAre("22", "-", "-", "-"));
}

TEST(SuppressionTest, TakesEverythingWhereTheTotalIsSmall) {
  EXPECT_THAT(Left({Of("", "", 4), Of("sex", "f", 1), Of("sex", "m", 3)}), ElementsAre("-"));
  EXPECT_THAT(Left({Of("", "", 3)}), ElementsAre("-"));
}

TEST(SuppressionTest, TakesTheIndicatorWhereNoChoiceHidesAPart) {
  // One part, which the total tells, and another dimension that would tell the total.
  EXPECT_THAT(Left({Of("", "", 6), Of("a", "x", 1), Of("a", "y", 5), Of("b", "z", 6)}),
              ElementsAre("-"));
}

TEST(SuppressionTest, LooksAtPeopleOnly) {
  EXPECT_THAT(Left({Of("", "", 2, reports::v1::UNIT_PROVINCES)}), ElementsAre("2"));
  EXPECT_THAT(Left({Of("", "", 2, reports::v1::UNIT_MONEY)}), ElementsAre("2"));
}

TEST(SuppressionTest, TakesSmallNumbersBesideTheValueToo) {
  std::vector<Row> rows = {Of("", "", 50)};
  rows[0].set_headcount("3");
  rows[0].set_published_value("2");
  WithholdSmall(rows);
  EXPECT_EQ(rows[0].value(), "50");
  EXPECT_EQ(rows[0].headcount(), "");
  EXPECT_EQ(rows[0].published_value(), "");
}

}  // namespace
}  // namespace mlup::counting::suppression_test
