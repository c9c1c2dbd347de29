// Small numbers are withheld, and nobody works them out.
#include "projections/counting/suppression.h"

#include <cstdint>
#include <string>
#include <utility>
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

// An amount or a mean, and how many people it is about.
Row About(std::uint32_t people, Row row) {
  row.set_people_count(people);
  return row;
}

// What is told of a year of one row.
std::string LeftOfYear(Row year, const std::vector<std::vector<Row>>& quarters) {
  std::vector<Row> rows = {std::move(year)};
  WithholdSmall(rows, quarters);
  return rows.at(0).value().empty() ? "-" : rows.at(0).value();
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
  EXPECT_THAT(Left({About(5, Of("", "", 2, reports::v1::UNIT_HOURS))}), ElementsAre("2"));
}

TEST(SuppressionTest, TakesAmountsAndMeansOfFewPeople) {
  Row mean = About(4, Of("", "", 0, reports::v1::UNIT_POINTS));
  mean.set_value("2.75");
  EXPECT_THAT(Left({mean}), ElementsAre("-")) << "11 points of 4 people";
  EXPECT_THAT(Left({Of("currency", "KHR", 40000, reports::v1::UNIT_MONEY)}), ElementsAre("-"))
      << "nobody says whom it is about";
  // Without a total nothing tells the other one.
  EXPECT_THAT(Left({About(4, Of("currency", "KHR", 40000, reports::v1::UNIT_MONEY)),
                    About(9, Of("currency", "USD", 300, reports::v1::UNIT_MONEY))}),
              ElementsAre("-", "300"));
  // 100 - 95 = 5 hours of two trainers.
  EXPECT_THAT(Left({About(22, Of("", "", 100, reports::v1::UNIT_HOURS)),
                    About(20, Of("role", "participant", 95, reports::v1::UNIT_HOURS)),
                    About(2, Of("role", "trainer", 5, reports::v1::UNIT_HOURS))}),
              ElementsAre("100"));
  EXPECT_THAT(Left({About(3, Of("", "", 100, reports::v1::UNIT_HOURS)),
                    About(3, Of("role", "participant", 100, reports::v1::UNIT_HOURS))}),
              ElementsAre("-"));
}

TEST(SuppressionTest, AYearDoesNotTellWhatAFewGotInAQuarter) {
  const auto money = [](std::uint32_t people, int amount) {
    return About(people, Of("currency", "KHR", amount, reports::v1::UNIT_MONEY));
  };
  EXPECT_EQ(LeftOfYear(money(12, 1000), {{money(9, 900)}, {money(3, 100)}}), "-");
  EXPECT_EQ(LeftOfYear(money(12, 1000), {{money(9, 900)}, {money(5, 100)}}), "1000");
  const auto hours = [](std::uint32_t people, int amount) {
    return About(people, Of("", "", amount, reports::v1::UNIT_HOURS));
  };
  EXPECT_EQ(LeftOfYear(hours(12, 1000), {{hours(9, 900)}, {hours(3, 100)}}), "-");
}

TEST(SuppressionTest, AYearThatMayBeASumDoesNotTellAQuarter) {
  const auto quarters = [](int second, int fourth) {
    return std::vector<std::vector<Row>>{
        {Of("", "", 10)}, {Of("", "", second)}, {}, {Of("", "", fourth)}};
  };
  EXPECT_EQ(LeftOfYear(Of("", "", 17), quarters(1, 6)), "-") << "17 - 10 - 6 = 1";
  EXPECT_EQ(LeftOfYear(Of("", "", 12), quarters(1, 1)), "-") << "one each";
  EXPECT_EQ(LeftOfYear(Of("", "", 16), quarters(1, 6)), "16") << "somebody stands in two quarters";
  EXPECT_EQ(LeftOfYear(Of("", "", 21), quarters(5, 6)), "21");
}

TEST(SuppressionTest, AHeadCountOfAYearDoesNotTellAQuarter) {
  const auto of = [](const char* headcount) {
    Row row = Of("", "", 50, reports::v1::UNIT_ACTIVITIES);
    row.set_headcount(headcount);
    return row;
  };
  std::vector<Row> year = {of("33")};
  WithholdSmall(year, {{of("30")}, {of("3")}});
  EXPECT_EQ(year[0].headcount(), "");
  EXPECT_EQ(year[0].value(), "50");
  year = {of("36")};
  WithholdSmall(year, {{of("30")}, {of("6")}});
  EXPECT_EQ(year[0].headcount(), "36");
}

TEST(SuppressionTest, HowManyMembersThereAreGoesWithThem) {
  // Of five people in five villages, one lives in each.
  EXPECT_THAT(Left({Of("", "", 5), Of("village", "", 5), Of("village", "a", 1),
                    Of("village", "b", 1), Of("village", "c", 1), Of("village", "d", 1),
                    Of("village", "e", 1), Of("province", "02", 5)}),
              ElementsAre("5", "5"));
}

Row Restated(Row row, const char* published) {
  row.set_restated(true);
  row.set_published_value(published);
  row.add_restated_by(7);
  return row;
}

TEST(SuppressionTest, WhoCameSinceItWasPublishedIsAFigureToo) {
  std::vector<Row> rows = {Restated(Of("", "", 72), "71"), Restated(Of("sex", "f", 40), "39"),
                           Of("sex", "m", 32)};
  WithholdSmall(rows);
  for (const Row& row : rows) {
    EXPECT_NE(row.value(), "");
    EXPECT_EQ(row.published_value(), "");
    EXPECT_FALSE(row.restated()) << "where she is added tells who she is";
    EXPECT_EQ(row.restated_by_size(), 0);
  }
  // 10 more of whom 9 are boys: a girl.
  rows = {Restated(Of("", "", 70), "60"), Restated(Of("sex", "f", 40), "39"),
          Restated(Of("sex", "m", 30), "21")};
  WithholdSmall(rows);
  EXPECT_EQ(rows[0].published_value(), "");
  EXPECT_EQ(rows[2].published_value(), "");
  rows = {Restated(Of("", "", 72), "60"), Restated(Of("sex", "f", 40), "34"),
          Restated(Of("sex", "m", 32), "26")};
  WithholdSmall(rows);
  EXPECT_EQ(rows[1].published_value(), "34");
  EXPECT_TRUE(rows[1].restated());
  rows = {Restated(About(9, Of("", "", 72, reports::v1::UNIT_HOURS)), "60")};
  WithholdSmall(rows);
  EXPECT_EQ(rows[0].published_value(), "") << "what somebody added";
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
