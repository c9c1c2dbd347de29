#include "projections/counting/suppression.h"

#include <algorithm>
#include <cstdint>
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

void Withhold(ReportRow& row) {
  row.clear_value();
  row.clear_planned_value();
  row.clear_headcount();
  row.clear_evidence_count();
  row.clear_published_value();
  row.clear_first_day();
  row.clear_last_day();
  row.clear_restated();
  row.clear_restated_by();
  row.set_why_none(reports::v1::WHY_NONE_WITHHELD);
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

bool IsAdditive(reports::v1::Unit unit) {
  return unit == reports::v1::UNIT_ATTENDANCES || unit == reports::v1::UNIT_HEADCOUNT ||
         unit == reports::v1::UNIT_CLOSURES || unit == reports::v1::UNIT_DISTRIBUTIONS ||
         unit == reports::v1::UNIT_FACTS;
}

// What the quarters of a year say of one cell.
struct OfQuarters {
  std::int64_t published = 0;
  // In how many it is withheld.
  std::int64_t withheld = 0;
};

using Quarters = std::map<CellKey, OfQuarters>;

// One indicator: its total, and the parts of each of its dimensions.
class Family {
 public:
  Family(std::vector<ReportRow*> rows, const Quarters& quarters)
      : rows_(std::move(rows)), quarters_(quarters) {
    for (ReportRow* row : rows_) {
      if (row->cell().dimension().empty()) {
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
        whole.insert(whole.end(), parts.begin(), parts.end());
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
        !withheld.empty() || !whole.empty() || std::ranges::any_of(rows_, WasSmall);
    for (ReportRow* row : withheld) Withhold(*row);
    for (ReportRow* row : rows_) {
      if (tells_then) row->clear_published_value();
      HideBeside(*row);
    }
  }

 private:
  // Whether no part of the dimension can be told beside the total, other dimensions or quarters.
  bool IsWithheldWhole(const std::string& dimension, const std::vector<ReportRow*>& parts) const {
    const bool withheld_then = std::ranges::any_of(
        parts, [this](const ReportRow* row) { return Then(*row).withheld > 0; });
    if (withheld_then) return true;
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

  OfQuarters Then(const ReportRow& row) const {
    const auto found = quarters_.find(KeyOf(row));
    return found == quarters_.end() ? OfQuarters{} : found->second;
  }

  // Whether the total, with those of the quarters, would tell one that is withheld there.
  bool TellsAQuarter(const ReportRow& row) const {
    const OfQuarters then = Then(row);
    // Who is counted once in a year may stand in several quarters: the rest is the least.
    const bool may_be_more = !IsAdditive(row.unit());
    if (may_be_more && ValueOf(row) - then.published <= then.withheld) return false;
    return then.withheld > 0;
  }

  static bool WasSmall(const ReportRow* row) {
    std::int64_t number = 0;
    return absl::SimpleAtoi(row->published_value(), &number) && IsSmall(number);
  }

  // Head-counts are numbers of people too.
  static void HideBeside(ReportRow& row) {
    std::int64_t number = 0;
    if (absl::SimpleAtoi(row.headcount(), &number) && IsSmall(number)) row.clear_headcount();
    // As many events as people, often.
    if (row.evidence_count() <= static_cast<std::uint32_t>(kSmallMax)) row.clear_evidence_count();
  }

  const std::vector<ReportRow*> rows_;
  const Quarters& quarters_;
  ReportRow* total_ = nullptr;
  std::map<std::string, std::vector<ReportRow*>> parts_;
};

void WithholdIn(std::vector<ReportRow>& rows, const Quarters& quarters) {
  std::map<std::string, std::vector<ReportRow*>> families;
  for (ReportRow& row : rows) {
    if (CountsPeople(row.unit())) families[row.cell().code()].push_back(&row);
  }
  std::set<const ReportRow*> gone;
  for (auto& [code, family] : families) Family(std::move(family), quarters).Guard(gone);
  std::vector<ReportRow> left;
  left.reserve(rows.size() - gone.size());
  for (ReportRow& row : rows) {
    if (!gone.contains(&row)) left.push_back(std::move(row));
  }
  rows = std::move(left);
}

}  // namespace

void WithholdSmall(std::vector<ReportRow>& rows) { WithholdIn(rows, {}); }

void WithholdSmall(std::vector<ReportRow>& rows,
                   const std::vector<std::vector<ReportRow>>& quarters) {
  Quarters of_quarters;
  for (const std::vector<ReportRow>& quarter : quarters) {
    for (const ReportRow& row : quarter) ++of_quarters[KeyOf(row)].withheld;
    std::vector<ReportRow> left = quarter;
    WithholdSmall(left);
    for (const ReportRow& row : left) {
      if (row.why_none() == reports::v1::WHY_NONE_WITHHELD) continue;
      OfQuarters& then = of_quarters[KeyOf(row)];
      --then.withheld;
      then.published += ValueOf(row);
    }
  }
  WithholdIn(rows, of_quarters);
}

}  // namespace mlup::counting
