// Attackers who have all that is published, and know how small numbers are withheld.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include <glpk.h>
#include <gtest/gtest.h>

#include "projections/counting/suppression.h"

namespace mlup::counting::suppression_attack_test {
namespace {

using reports::v1::Row;

constexpr int kMost = 10'000;

// Whole numbers of which sums are known. What one of them may be, by integer programming (GLPK).
class Program {
 public:
  Program() : problem_(glp_create_prob()) { glp_term_out(GLP_OFF); }
  ~Program() { glp_delete_prob(problem_); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  int Add(int least, int most) {
    const int column = glp_add_cols(problem_, 1);
    glp_set_col_kind(problem_, column, GLP_IV);
    glp_set_col_bnds(problem_, column, least == most ? GLP_FX : GLP_DB, least, most);
    return column;
  }

  // The sum of those, less the other one where there is one, is `sum`, or at least that.
  void AddSum(const std::vector<int>& columns, std::optional<int> less, int sum, int how = GLP_FX) {
    if (columns.empty() && !less.has_value()) return;
    std::vector<int> numbers = {0};
    std::vector<double> factors = {0};
    for (const int column : columns) {
      numbers.push_back(column);
      factors.push_back(1);
    }
    if (less.has_value()) {
      numbers.push_back(*less);
      factors.push_back(-1);
    }
    const int row = glp_add_rows(problem_, 1);
    glp_set_row_bnds(problem_, row, how, sum, sum);
    glp_set_mat_row(problem_, row, static_cast<int>(numbers.size()) - 1, numbers.data(),
                    factors.data());
  }

  void AddMost(int column, int most) {
    const int row = glp_add_rows(problem_, 1);
    const int numbers[] = {0, column};
    const double factors[] = {0, 1};
    glp_set_row_bnds(problem_, row, GLP_UP, most, most);
    glp_set_mat_row(problem_, row, 1, numbers, factors);
  }

  // The least or the most that a number can be.
  int Bound(int column, int direction) {
    glp_set_obj_dir(problem_, direction);
    glp_set_obj_coef(problem_, column, 1);
    glp_iocp how;
    glp_init_iocp(&how);
    how.presolve = GLP_ON;
    how.msg_lev = GLP_MSG_OFF;
    EXPECT_EQ(glp_intopt(problem_, &how), 0);
    EXPECT_EQ(glp_mip_status(problem_), GLP_OPT) << "what is published contradicts itself";
    const int bound = static_cast<int>(std::lround(glp_mip_col_val(problem_, column)));
    glp_set_obj_coef(problem_, column, 0);
    return bound;
  }

  bool IsCertainOf(int column) { return Bound(column, GLP_MIN) == Bound(column, GLP_MAX); }

 private:
  glp_prob* const problem_;
};

Row Of(const std::string& dimension, const std::string& member, int value, reports::v1::Unit unit) {
  Row row;
  row.mutable_cell()->set_code("x");
  row.mutable_cell()->set_dimension(dimension);
  row.mutable_cell()->set_member(member);
  row.set_unit(unit);
  row.set_value(absl::StrCat(value));
  return row;
}

int ValueOf(const Row& row) { return row.value().empty() ? 0 : std::stoi(row.value()); }
bool IsWithheld(const Row& row) { return row.why_none() == reports::v1::WHY_NONE_WITHHELD; }

bool SameCell(const Row& a, const Row& b) {
  return a.cell().dimension() == b.cell().dimension() && a.cell().member() == b.cell().member();
}

std::ptrdiff_t WithheldOf(const std::vector<Row>& rows) {
  return std::ranges::count_if(rows, IsWithheld);
}

// Tables of one indicator with three dimensions; a member without anything has no row.
class Tables {
 public:
  explicit Tables(unsigned seed) : random_(seed) {}

  int Below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

  std::vector<Row> Make(int total, reports::v1::Unit unit) {
    std::vector<Row> rows;
    if (total == 0) return rows;
    rows.push_back(Of("", "", total, unit));
    for (const char* dimension : {"a", "b", "c"}) {
      std::array<int, 5> parts{};
      for (int rest = total; rest > 0;) {
        const int value = 1 + Below(rest);
        parts[static_cast<std::size_t>(Below(5))] += value;
        rest -= value;
      }
      for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i] > 0) rows.push_back(Of(dimension, absl::StrCat(i), parts[i], unit));
      }
    }
    return rows;
  }

 private:
  std::mt19937 random_;
};

// One report in a program: a number for each cell that is withheld.
class Attack {
 public:
  // Of a report alone, the attacker is told which numbers were withheld for being small, and that
  // the smallest others went with them.
  Attack(Program& program, const std::vector<Row>& before, const std::vector<Row>& after)
      : after_(after) {
    std::map<std::string, int> smallest_left;
    for (const Row& row : after) {
      if (IsWithheld(row)) continue;
      const auto [place, is_new] = smallest_left.try_emplace(row.cell().dimension(), ValueOf(row));
      place->second = std::min(place->second, ValueOf(row));
    }
    std::map<std::string, std::pair<std::vector<int>, int>> dimensions;
    for (const Row& row : before) {
      const auto found =
          std::ranges::find_if(after, [&row](const Row& other) { return SameCell(row, other); });
      const bool is_total = row.cell().dimension().empty();
      auto& [columns, left] = dimensions[row.cell().dimension()];
      if (found != after.end() && !IsWithheld(*found)) {
        left += ValueOf(*found);
        continue;
      }
      const auto smallest = smallest_left.find(row.cell().dimension());
      const int most = smallest == smallest_left.end() ? kMost : smallest->second;
      // Of what is not there, not even that is known.
      const bool is_small = ValueOf(row) <= kSmallMax;
      const int column = found == after.end() ? program.Add(0, kMost)
                         : is_small           ? program.Add(1, kSmallMax)
                                              : program.Add(kSmallMax + 1, most);
      columns.push_back(column);
      numbers_.push_back({row, column});
      if (is_total) total_ = column;
    }
    for (const auto& [dimension, parts] : dimensions) {
      if (dimension.empty()) continue;
      program.AddSum(parts.first, total_,
                     (total_.has_value() ? 0 : ValueOf(after[0])) - parts.second);
    }
  }

  // The small cells that the attacker is certain of.
  int Recovered(Program& program) const {
    int recovered = 0;
    for (const auto& [row, column] : numbers_) {
      if (ValueOf(row) <= kSmallMax && program.IsCertainOf(column)) ++recovered;
    }
    return recovered;
  }

  // What stands for a cell: a number of the program, or one that is published; neither where there
  // is no such row.
  struct Cell {
    std::optional<int> column;
    int published = 0;
  };
  Cell Find(const Row& like) const {
    for (const auto& [row, column] : numbers_) {
      if (SameCell(row, like)) return {.column = column};
    }
    for (const Row& row : after_) {
      if (SameCell(row, like)) return {.column = std::nullopt, .published = ValueOf(row)};
    }
    return {};
  }

 private:
  const std::vector<Row>& after_;
  std::vector<std::pair<Row, int>> numbers_;
  std::optional<int> total_;
};

// What a figure of the year leaves for those of the quarters that are withheld.
struct Rest {
  std::vector<int> columns;
  int number = 0;
};

Rest RestOf(const Row& row, const std::vector<std::unique_ptr<Attack>>& quarters) {
  Rest rest{.columns = {}, .number = ValueOf(row)};
  for (const auto& quarter : quarters) {
    const Attack::Cell cell = quarter->Find(row);
    if (cell.column.has_value()) rest.columns.push_back(*cell.column);
    rest.number -= cell.published;
  }
  return rest;
}

TEST(SuppressionAttackTest, WhoSubtractsEveryPublishedTotalRecoversNoSmallCellOfAThousandTables) {
  Tables tables(17);
  std::ptrdiff_t withheld = 0;
  for (int table = 0; table < 1000; ++table) {
    const std::vector<Row> before =
        tables.Make(1 + tables.Below(60), reports::v1::UNIT_UNIQUE_PERSONS);
    std::vector<Row> after = before;
    WithholdSmall(after);
    Program program;
    const Attack attack(program, before, after);
    EXPECT_EQ(attack.Recovered(program), 0) << "table " << table;
    withheld += WithheldOf(after);
  }
  EXPECT_GT(withheld, 1000);
}

// Tables of four quarters that add up to a year, as what happens once does: attendances, and people
// to whom it happens once.
void AttackYearsThatAddUp(reports::v1::Unit unit) {
  Tables tables(18);
  std::ptrdiff_t withheld = 0;
  int told = 0;
  for (int table = 0; table < 1000; ++table) {
    const int scale = 1 + tables.Below(200);
    std::vector<std::vector<Row>> before;
    std::map<std::pair<std::string, std::string>, int> sums;
    for (int quarter = 0; quarter < 4; ++quarter) {
      before.push_back(tables.Make(tables.Below(scale) + tables.Below(3) * scale, unit));
      for (const Row& row : before.back()) {
        sums[{row.cell().dimension(), row.cell().member()}] += ValueOf(row);
      }
    }
    std::vector<Row> year;
    year.reserve(sums.size());
    for (const auto& [key, sum] : sums) year.push_back(Of(key.first, key.second, sum, unit));
    std::vector<Row> year_after = year;
    WithholdSmall(year_after, before);
    std::vector<std::vector<Row>> after = before;
    Program program;
    std::vector<std::unique_ptr<Attack>> quarters;
    for (std::size_t i = 0; i < before.size(); ++i) {
      WithholdSmall(after[i]);
      quarters.push_back(std::make_unique<Attack>(program, before[i], after[i]));
    }
    for (const Row& row : year_after) {
      if (IsWithheld(row)) continue;
      ++told;
      const Rest rest = RestOf(row, quarters);
      program.AddSum(rest.columns, std::nullopt, rest.number);
    }
    for (const auto& quarter : quarters) {
      EXPECT_EQ(quarter->Recovered(program), 0) << "table " << table;
    }
    for (const auto& rows : after) withheld += WithheldOf(rows);
  }
  EXPECT_GT(withheld, 1000);
  EXPECT_GT(told, 1000) << "a year of which nothing is told needs no attack";
}

TEST(SuppressionAttackTest, NorDoesWhoHasTheFourQuartersAndTheYear) {
  AttackYearsThatAddUp(reports::v1::UNIT_CLOSURES);
}

TEST(SuppressionAttackTest, NorDoesWhoKnowsThatNobodyStandsInTwoQuarters) {
  AttackYearsThatAddUp(reports::v1::UNIT_UNIQUE_PERSONS);
}

// Who stands in a year stands in one of its quarters at least, and each quarter is part of the
// year.
TEST(SuppressionAttackTest, NorDoesWhoKnowsThatPeopleMayStandInSeveralQuarters) {
  Tables tables(21);
  std::ptrdiff_t withheld = 0;
  int told_beside = 0;
  for (int table = 0; table < 500; ++table) {
    std::vector<std::map<std::pair<std::string, std::string>, int>> counts(5);
    const int often = 1 + tables.Below(4);
    for (int person = 1 + tables.Below(60); person > 0; --person) {
      const int part_a = tables.Below(3);
      const int part_b = tables.Below(2);
      const int once = tables.Below(4) * tables.Below(2);
      for (int quarter = 0; quarter < 5; ++quarter) {
        if (quarter < 4 && quarter != once && tables.Below(4) >= often) continue;
        auto& count = counts[static_cast<std::size_t>(quarter)];
        ++count[{"", ""}];
        ++count[{"a", absl::StrCat(part_a)}];
        ++count[{"b", absl::StrCat(part_b)}];
      }
    }
    std::vector<std::vector<Row>> before(5);
    for (std::size_t i = 0; i < 5; ++i) {
      for (const auto& [key, count] : counts[i]) {
        before[i].push_back(Of(key.first, key.second, count, reports::v1::UNIT_UNIQUE_PERSONS));
      }
    }
    std::vector<Row> year = std::move(before.back());
    before.pop_back();
    WithholdSmall(year, before);
    std::vector<std::vector<Row>> after = before;
    Program program;
    std::vector<std::unique_ptr<Attack>> quarters;
    for (std::size_t i = 0; i < before.size(); ++i) {
      WithholdSmall(after[i]);
      quarters.push_back(std::make_unique<Attack>(program, before[i], after[i]));
      withheld += WithheldOf(after[i]);
    }
    for (const Row& row : year) {
      if (IsWithheld(row)) continue;
      const Rest rest = RestOf(row, quarters);
      if (rest.columns.empty()) continue;
      ++told_beside;
      // Who takes them for a sum sees that they are none.
      EXPECT_LT(rest.number, static_cast<int>(rest.columns.size())) << "table " << table;
      program.AddSum(rest.columns, std::nullopt, rest.number, GLP_LO);
      for (const int column : rest.columns) program.AddMost(column, ValueOf(row));
    }
    for (const auto& quarter : quarters) {
      EXPECT_EQ(quarter->Recovered(program), 0) << "table " << table;
    }
  }
  EXPECT_GT(withheld, 500);
  EXPECT_GT(told_beside, 10) << "a year beside a withheld quarter is never told: nothing was tried";
}

TEST(SuppressionAttackTest, NorDoesWhoKnowsInWhichProvinceAVillageLies) {
  Tables tables(19);
  int villages_told = 0;
  std::ptrdiff_t withheld = 0;
  for (int table = 0; table < 1000; ++table) {
    std::vector<Row> before = {Of("", "", 0, reports::v1::UNIT_UNIQUE_PERSONS)};
    int total = 0;
    const int least = 1 + 6 * tables.Below(2);
    for (int province = 0; province < 4; ++province) {
      const std::string code = absl::StrCat("0", province);
      int sum = 0;
      for (int village = tables.Below(4); village > 0; --village) {
        const int value = least + tables.Below(2 + 30 * tables.Below(2));
        before.push_back(Of("village", absl::StrCat(code, "00000", village), value,
                            reports::v1::UNIT_UNIQUE_PERSONS));
        sum += value;
      }
      if (sum > 0) before.push_back(Of("province", code, sum, reports::v1::UNIT_UNIQUE_PERSONS));
      total += sum;
    }
    if (total == 0) continue;
    before[0].set_value(absl::StrCat(total));
    std::vector<Row> after = before;
    WithholdSmall(after);
    Program program;
    const Attack attack(program, before, after);
    for (const Row& province : before) {
      if (province.cell().dimension() != "province") continue;
      const Attack::Cell whole = attack.Find(province);
      std::vector<int> columns;
      int rest = whole.published;
      for (const Row& village : before) {
        if (village.cell().member().substr(0, 2) != province.cell().member()) continue;
        if (village.cell().dimension() != "village") continue;
        const Attack::Cell cell = attack.Find(village);
        if (cell.column.has_value()) columns.push_back(*cell.column);
        rest -= cell.published;
      }
      // Of villages that are not told the attacker does not even know how many there are.
      if (!columns.empty()) columns.push_back(program.Add(0, kMost));
      program.AddSum(columns, whole.column, rest);
    }
    EXPECT_EQ(attack.Recovered(program), 0) << "table " << table;
    withheld += WithheldOf(after);
    villages_told += static_cast<int>(std::ranges::count_if(
        after, [](const Row& row) { return row.cell().dimension() == "village"; }));
  }
  EXPECT_GT(withheld, 300);
  EXPECT_GT(villages_told, 300);
}

// What was published of a table, as a text.
std::string Published(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows) {
    absl::StrAppend(&text, row.cell().member(), IsWithheld(row) ? "?" : row.value(), " ");
  }
  return text;
}

// This one is told nothing but the table, and tries the rule itself on every table there is.
TEST(SuppressionAttackTest, WhoTriesTheRuleOnAllTablesIsCertainOfNoSmallCell) {
  constexpr int kValues = 13;
  std::map<std::string, std::array<std::set<int>, 4>> told;
  for (int number = 0; number < kValues * kValues * kValues * kValues; ++number) {
    std::array<int, 4> parts{};
    int total = 0;
    for (int rest = number, i = 0; i < 4; ++i, rest /= kValues) {
      parts[static_cast<std::size_t>(i)] = rest % kValues;
      total += rest % kValues;
    }
    if (total == 0) continue;
    std::vector<Row> rows = {Of("", "", total, reports::v1::UNIT_CASES)};
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (parts[i] == 0) continue;
      rows.push_back(Of("p", absl::StrCat(i, "="), parts[i], reports::v1::UNIT_CASES));
    }
    WithholdSmall(rows);
    auto& values = told[Published(rows)];
    for (std::size_t i = 0; i < parts.size(); ++i) values[i].insert(parts[i]);
  }
  for (const auto& [text, values] : told) {
    for (const std::set<int>& of : values) {
      const bool is_small = *of.begin() >= 1 && *of.begin() <= kSmallMax;
      EXPECT_FALSE(of.size() == 1 && is_small) << text;
    }
  }
  EXPECT_GT(told.size(), 1000u);
}

TEST(SuppressionAttackTest, WhatWasPublishedBeforeTellsNothingEither) {
  std::vector<Row> rows = {Of("", "", 30, reports::v1::UNIT_CASES),
                           Of("p", "a", 12, reports::v1::UNIT_CASES),
                           Of("p", "b", 18, reports::v1::UNIT_CASES)};
  // 20 = 2 + 18: the total that it was would tell what a was.
  rows[0].set_published_value("20");
  rows[1].set_published_value("2");
  WithholdSmall(rows);
  for (const Row& row : rows) EXPECT_EQ(row.published_value(), "");
  EXPECT_EQ(rows[1].value(), "12");
}

TEST(SuppressionAttackTest, WhoStandsInTwoPartsIsNotToldByTheTotal) {
  // 20 + 13 - 30 = 3 in both.
  std::vector<Row> rows = {Of("", "", 30, reports::v1::UNIT_UNIQUE_PERSONS),
                           Of("part", "a", 20, reports::v1::UNIT_UNIQUE_PERSONS),
                           Of("part", "b", 13, reports::v1::UNIT_UNIQUE_PERSONS),
                           Of("part", "both", 3, reports::v1::UNIT_UNIQUE_PERSONS)};
  WithholdSmall(rows);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].value(), "30");
}

}  // namespace
}  // namespace mlup::counting::suppression_attack_test
