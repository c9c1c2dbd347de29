#include "projections/counting/suppression.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"

namespace mlup::counting {
namespace {

using ReportRow = reports::v1::Row;

bool CountsPeople(reports::v1::Unit unit) {
  switch (unit) {
    case reports::v1::UNIT_UNIQUE_PERSONS:
    case reports::v1::UNIT_ATTENDANCES:
    case reports::v1::UNIT_HEADCOUNT:
    case reports::v1::UNIT_HOUSEHOLDS:
    case reports::v1::UNIT_CASES:
    case reports::v1::UNIT_CLOSURES:
    case reports::v1::UNIT_DISTRIBUTIONS:
    case reports::v1::UNIT_FACTS:
      return true;
    default:
      return false;
  }
}

// A value of a row; 0 where it has none, or none that could be small.
std::int64_t ValueOf(const ReportRow& row) {
  std::int64_t value = 0;
  const std::string& text = row.value().empty() ? row.planned_value() : row.value();
  return absl::SimpleAtoi(text, &value) ? value : 0;
}

bool IsSmall(std::int64_t value) { return value >= 1 && value <= kSmallMax; }

// Which rows changed since they were published tells who came or went, as the numbers do.
void HideThen(ReportRow& row) {
  row.clear_published_value();
  row.clear_restated();
  row.clear_restated_by();
  row.clear_restated_imports();
}

void Withhold(ReportRow& row) {
  row.clear_value();
  row.clear_planned_value();
  row.clear_headcount();
  row.clear_evidence_count();
  row.clear_people_count();
  row.clear_first_day();
  row.clear_last_day();
  HideThen(row);
  row.set_why_none(reports::v1::WHY_NONE_WITHHELD);
}

bool IsTotal(const ReportRow& row) { return row.cell().dimension().empty(); }

std::int64_t HeadcountOf(const ReportRow& row) {
  std::int64_t number = 0;
  return absl::SimpleAtoi(row.headcount(), &number) ? number : 0;
}

// Large, and no sum of figures.
constexpr std::int64_t kNoBound = std::int64_t{1} << 40;

// Dimensions of which each part lies in one part of the other, where an indicator has both.
constexpr std::pair<std::string_view, std::string_view> kHeldTogether[] = {
    {"village", "province"}, {"owner_kind", "owner_own"}, {"age_at_incident", "age_band"}};

// By code, dimension and member.
using CellKey = std::pair<std::string, std::pair<std::string, std::string>>;

CellKey KeyOf(const ReportRow& row) {
  return {row.cell().code(), {row.cell().dimension(), row.cell().member()}};
}

// What the quarters of a year say of one cell.
struct OfQuarters {
  std::int64_t published = 0;
  // In how many it is withheld.
  std::int64_t withheld = 0;
  // Whether a head-count beside it is withheld in one of them.
  bool hides_headcount = false;
};

using Quarters = std::map<CellKey, OfQuarters>;

OfQuarters ThenOf(const Quarters& quarters, const ReportRow& row) {
  const auto found = quarters.find(KeyOf(row));
  return found == quarters.end() ? OfQuarters{} : found->second;
}

// Whether a part of the dimension is withheld in a quarter, which the year may not even have.
bool IsWithheldThen(const Quarters& quarters, const std::string& code,
                    const std::string& dimension) {
  for (auto one = quarters.lower_bound({code, {dimension, ""}}); one != quarters.end(); ++one) {
    if (one->first.first != code || one->first.second.first != dimension) return false;
    if (one->second.withheld > 0) return true;
  }
  return false;
}

// Head-counts are numbers of people, whatever is counted beside them.
void HideBeside(const Quarters& quarters, ReportRow& row) {
  if (IsSmall(HeadcountOf(row)) || ThenOf(quarters, row).hides_headcount) row.clear_headcount();
  // As many events as people, often.
  if (row.evidence_count() <= static_cast<std::uint32_t>(kSmallMax)) row.clear_evidence_count();
}

// One indicator of people: its total, and the parts of each of its dimensions.
class Family {
 public:
  Family(std::vector<ReportRow*> rows, const Quarters& quarters)
      : rows_(std::move(rows)), quarters_(quarters) {
    for (ReportRow* row : rows_) {
      if (IsTotal(*row)) {
        total_ = row;
      } else if (!row->cell().member().empty()) {
        parts_[row->cell().dimension()].push_back(row);
      }
    }
  }

  // Adds the rows that go altogether.
  void Guard(std::set<const ReportRow*>& gone) {
    std::vector<ReportRow*> withheld;
    std::vector<ReportRow*> whole;
    bool hides = total_ == nullptr || (!IsSmall(ValueOf(*total_)) && !TellsAQuarter(*total_));
    for (auto& [dimension, parts] : parts_) {
      if (IsWithheldWhole(dimension, parts)) {
        for (ReportRow* row : rows_) {
          // How many members there are goes too: of as many people, each would have one.
          if (row->cell().dimension() == dimension) whole.push_back(row);
        }
      } else {
        hides = hides && Choose(parts, withheld);
      }
    }
    if (!hides) {
      withheld = rows_;
      for (const ReportRow* row : rows_) {
        if (total_ != nullptr && row != total_) gone.insert(row);
      }
    }
    gone.insert(whole.begin(), whole.end());
    const bool tells_then =
        !withheld.empty() || !whole.empty() || std::ranges::any_of(rows_, [](const ReportRow* row) {
          return WasSmall(*row) || DiffersByFew(*row);
        });
    for (ReportRow* row : withheld) Withhold(*row);
    for (ReportRow* row : rows_) {
      if (tells_then) HideThen(*row);
    }
  }

 private:
  // Whether no part of the dimension can be told beside the total, other dimensions or quarters.
  bool IsWithheldWhole(const std::string& dimension, const std::vector<ReportRow*>& parts) const {
    if (IsWithheldThen(quarters_, parts.front()->cell().code(), dimension)) return true;
    const bool has_small =
        std::ranges::any_of(parts, [](const ReportRow* row) { return IsSmall(ValueOf(*row)); });
    if (!has_small) return false;
    // Who stands in several parts is told by all others and the total.
    const bool adds_up = total_ == nullptr || SumOf(parts, parts.size()) == ValueOf(*total_);
    return !adds_up || std::ranges::any_of(kHeldTogether, [&](const auto& pair) {
      return dimension == pair.first && parts_.contains(std::string(pair.second));
    });
  }

  // Adds the parts of one dimension that are withheld; false where no choice hides the small ones.
  bool Choose(std::vector<ReportRow*> parts, std::vector<ReportRow*>& withheld) const {
    std::erase_if(parts, [](const ReportRow* row) { return ValueOf(*row) == 0; });
    std::ranges::stable_sort(parts, {}, [](const ReportRow* row) { return ValueOf(*row); });
    std::size_t hidden = 0;
    while (hidden < parts.size() && IsSmall(ValueOf(*parts[hidden]))) ++hidden;
    const std::size_t small = hidden;
    if (small == 0) return true;
    while (!AreHidden(parts, small, hidden)) {
      if (hidden++ == parts.size()) return false;
    }
    withheld.insert(withheld.end(), parts.begin(),
                    parts.begin() + static_cast<std::ptrdiff_t>(hidden));
    return true;
  }

  static std::int64_t SumOf(const std::vector<ReportRow*>& parts, std::size_t first) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < first; ++i) sum += ValueOf(*parts[i]);
    return sum;
  }

  // Whether each of the first `small` of the first `hidden` parts may be two numbers at least, for
  // who knows the sum, and that the other hidden ones are at most the first that is left.
  static bool AreHidden(const std::vector<ReportRow*>& parts, std::size_t small,
                        std::size_t hidden) {
    const auto more = static_cast<std::int64_t>(hidden - small);
    const std::int64_t rest = SumOf(parts, hidden);
    const auto others = static_cast<std::int64_t>(small) - 1;
    const std::int64_t more_max = hidden < parts.size() ? ValueOf(*parts[hidden]) : kNoBound;
    // The largest that a part can be, given that all others are as small as they can be, and back.
    const std::int64_t most = rest - others - more * (kSmallMax + 1);
    const std::int64_t fewest = rest - others * kSmallMax - more * more_max;
    return std::min<std::int64_t>(most, kSmallMax) > std::max<std::int64_t>(fewest, 1);
  }

  // Whether the total, with those of the quarters, would tell one that is withheld there. Nobody
  // says whether the quarters add up to the year, as what happens to somebody once does, or whether
  // people stand in several of them. Where less is left than there are withheld quarters they
  // cannot add up, and what is left is less than the least that these can be.
  bool TellsAQuarter(const ReportRow& row) const {
    const OfQuarters then = ThenOf(quarters_, row);
    return then.withheld > 0 && ValueOf(row) - then.published >= then.withheld;
  }

  static std::int64_t PublishedOf(const ReportRow& row) {
    std::int64_t number = 0;
    return absl::SimpleAtoi(row.published_value(), &number) ? number : 0;
  }
  static bool WasSmall(const ReportRow& row) { return IsSmall(PublishedOf(row)); }
  // Those who came since it was published, or went, are a figure too.
  static bool DiffersByFew(const ReportRow& row) {
    return row.restated() && IsSmall(std::abs(ValueOf(row) - PublishedOf(row)));
  }

  const std::vector<ReportRow*> rows_;
  const Quarters& quarters_;
  ReportRow* total_ = nullptr;
  std::map<std::string, std::vector<ReportRow*>> parts_;
};

// One indicator of amounts or means: what few people got or gained is theirs, however large.
void GuardMeasure(const std::vector<ReportRow*>& rows, const Quarters& quarters,
                  std::set<const ReportRow*>& gone) {
  const auto is_of_few = [&quarters](const ReportRow* row) {
    const bool has_number = !row->value().empty() || !row->planned_value().empty();
    return ThenOf(quarters, *row).withheld > 0 ||
           (has_number && row->people_count() <= static_cast<std::uint32_t>(kSmallMax));
  };
  ReportRow* total = nullptr;
  std::set<std::string> told_by_total;
  for (ReportRow* row : rows) {
    // What changed since may be what one of them got.
    HideThen(*row);
    if (IsTotal(*row)) total = row;
  }
  const bool has_total =
      total != nullptr && (!total->value().empty() || ThenOf(quarters, *total).withheld > 0);
  const bool hides = has_total && is_of_few(total);
  for (ReportRow* row : rows) {
    const std::string& dimension = row->cell().dimension();
    if (has_total && !IsTotal(*row) &&
        (is_of_few(row) || IsWithheldThen(quarters, row->cell().code(), dimension))) {
      told_by_total.insert(dimension);
    }
  }
  for (ReportRow* row : rows) {
    if (!IsTotal(*row) && (hides || told_by_total.contains(row->cell().dimension()))) {
      gone.insert(row);
    } else if (is_of_few(row)) {
      Withhold(*row);
    }
  }
}

void WithholdIn(std::vector<ReportRow>& rows, const Quarters& quarters) {
  std::map<std::string, std::vector<ReportRow*>> of_people;
  std::map<std::string, std::vector<ReportRow*>> measures;
  for (ReportRow& row : rows) {
    if (CountsPeople(row.unit())) of_people[row.cell().code()].push_back(&row);
    if (IsMeasure(row.unit())) measures[row.cell().code()].push_back(&row);
  }
  std::set<const ReportRow*> gone;
  for (auto& [code, family] : of_people) Family(std::move(family), quarters).Guard(gone);
  for (const auto& [code, family] : measures) GuardMeasure(family, quarters, gone);
  std::vector<ReportRow> left;
  left.reserve(rows.size() - gone.size());
  for (ReportRow& row : rows) {
    if (gone.contains(&row)) continue;
    HideBeside(quarters, row);
    left.push_back(std::move(row));
  }
  rows = std::move(left);
}

}  // namespace

bool IsMeasure(reports::v1::Unit unit) {
  return unit == reports::v1::UNIT_ITEMS || unit == reports::v1::UNIT_MONEY ||
         unit == reports::v1::UNIT_DAYS || unit == reports::v1::UNIT_HOURS ||
         unit == reports::v1::UNIT_POINTS;
}

void WithholdSmall(std::vector<ReportRow>& rows) { WithholdIn(rows, {}); }

void WithholdSmall(std::vector<ReportRow>& rows,
                   const std::vector<std::vector<ReportRow>>& quarters) {
  Quarters of_quarters;
  for (const std::vector<ReportRow>& quarter : quarters) {
    std::map<CellKey, std::int64_t> headcounts;
    for (const ReportRow& row : quarter) {
      ++of_quarters[KeyOf(row)].withheld;
      headcounts[KeyOf(row)] = HeadcountOf(row);
    }
    std::vector<ReportRow> left = quarter;
    WithholdSmall(left);
    for (const ReportRow& row : left) {
      if (HeadcountOf(row) == headcounts[KeyOf(row)]) headcounts.erase(KeyOf(row));
      if (row.why_none() == reports::v1::WHY_NONE_WITHHELD) continue;
      OfQuarters& then = of_quarters[KeyOf(row)];
      --then.withheld;
      then.published += ValueOf(row);
    }
    for (const auto& [key, number] : headcounts) {
      if (number > 0) of_quarters[key].hides_headcount = true;
    }
  }
  WithholdIn(rows, of_quarters);
}

}  // namespace mlup::counting
