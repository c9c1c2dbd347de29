// Small numbers are withheld, and nobody works them out.
#include "projections/counting/suppression.h"

#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
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
  EXPECT_THAT(Left({Of("", "", 4), Of("sex", "f", 4)}), ElementsAre("-", "-"));
  EXPECT_THAT(Left({Of("", "", 3)}), ElementsAre("-"));
}

TEST(SuppressionTest, TakesTheIndicatorWhereNoChoiceHidesAPart) {
  // One part, which the total tells, and another dimension that would tell the total.
  EXPECT_THAT(Left({Of("", "", 6), Of("a", "x", 1), Of("a", "y", 5), Of("b", "z", 6)}),
              ElementsAre("-", "-", "-", "-"));
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

// All ways to fill the withheld parts of one dimension: small ones 1 to 4, others at least 5.
using Ways = std::vector<std::vector<int>>;

void Fill(const std::vector<bool>& small, int rest, std::vector<int>& so_far, Ways& ways) {
  if (so_far.size() == small.size()) {
    if (rest == 0) ways.push_back(so_far);
    return;
  }
  const bool is_small = small[so_far.size()];
  for (int value = is_small ? 1 : kSmallMax + 1; value <= (is_small ? kSmallMax : rest); ++value) {
    so_far.push_back(value);
    Fill(small, rest - value, so_far, ways);
    so_far.pop_back();
  }
}

// The parts of a dimension that an attacker is sure of.
int Recovered(const std::vector<Row>& before, const std::vector<Row>& after) {
  int recovered = 0;
  std::map<std::string, std::vector<std::size_t>> hidden;
  std::map<std::string, int> rest;
  if (after[0].value().empty()) return 0;
  for (std::size_t i = 1; i < after.size(); ++i) {
    int& left =
        rest.try_emplace(after[i].cell().dimension(), std::stoi(before[0].value())).first->second;
    if (after[i].value().empty()) {
      hidden[after[i].cell().dimension()].push_back(i);
    } else {
      left -= std::stoi(after[i].value());
    }
  }
  for (const auto& [dimension, parts] : hidden) {
    std::vector<bool> small;
    for (const std::size_t part : parts) small.push_back(std::stoi(before[part].value()) <= 4);
    Ways ways;
    std::vector<int> so_far;
    Fill(small, rest.at(dimension), so_far, ways);
    for (std::size_t part = 0; part < parts.size(); ++part) {
      const auto sure = [&](const auto& way) { return way[part] == ways.front()[part]; };
      if (small[part] && std::all_of(ways.begin(), ways.end(), sure)) ++recovered;
    }
  }
  return recovered;
}

TEST(SuppressionTest, NobodyWhoSubtractsIsSureOfASmallPart) {
  std::mt19937 random(7);
  const auto below = [&random](unsigned bound) { return static_cast<int>(random() % bound); };
  int withheld = 0;
  for (int table = 0; table < 1000; ++table) {
    const int total = 1 + below(40);
    std::vector<Row> rows = {Of("", "", total)};
    for (const char* dimension : {"a", "b", "c"}) {
      for (int rest = total, part = 0; rest > 0; ++part) {
        const int value = part == 4 ? rest : 1 + below(static_cast<unsigned>(rest));
        rows.push_back(Of(dimension, std::to_string(part), value));
        rest -= value;
      }
    }
    const std::vector<Row> before = rows;
    WithholdSmall(rows);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      withheld += rows[i].value().empty() ? 1 : 0;
      EXPECT_TRUE(rows[i].value().empty() || std::stoi(rows[i].value()) > kSmallMax);
    }
    EXPECT_EQ(Recovered(before, rows), 0) << "table " << table;
  }
  EXPECT_GT(withheld, 1000);
}

}  // namespace
}  // namespace mlup::counting::suppression_test
