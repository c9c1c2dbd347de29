#include "projections/counting/suppression.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <string>
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
  row.clear_restated_by();
  row.set_why_none(reports::v1::WHY_NONE_WITHHELD);
}

// One indicator: its total, and the parts of each of its dimensions.
class Family {
 public:
  explicit Family(std::vector<ReportRow*> rows) : rows_(std::move(rows)) {
    for (ReportRow* row : rows_) {
      if (row->cell().dimension().empty()) {
        total_ = row;
      } else if (!row->cell().member().empty()) {
        parts_[row->cell().dimension()].push_back(row);
      }
    }
  }

  void Guard() {
    std::vector<ReportRow*> withheld;
    bool hides = total_ == nullptr || !IsSmall(ValueOf(*total_));
    for (auto& [dimension, parts] : parts_) hides = hides && Choose(parts, withheld);
    if (!hides) withheld = rows_;
    for (ReportRow* row : withheld) Withhold(*row);
    for (ReportRow* row : rows_) HideBeside(*row);
  }

 private:
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

  // Whether each of the first `small` of the `hidden` parts may be two numbers at least, for who
  // subtracts the others from the total and knows which were withheld for what.
  bool AreHidden(const std::vector<ReportRow*>& parts, std::size_t small,
                 std::size_t hidden) const {
    const auto more = static_cast<std::int64_t>(hidden - small);
    std::int64_t rest = 0;
    for (std::size_t i = 0; i < hidden; ++i) rest += ValueOf(*parts[i]);
    const auto others = static_cast<std::int64_t>(small) - 1;
    // The largest that a part can be, given that all others are as small as they can be, and back.
    const std::int64_t most = rest - others - more * (kSmallMax + 1);
    const std::int64_t fewest = more > 0 ? 1 : rest - others * kSmallMax;
    return std::min<std::int64_t>(most, kSmallMax) > std::max<std::int64_t>(fewest, 1);
  }

  // Head-counts and published values are numbers of people too.
  static void HideBeside(ReportRow& row) {
    std::int64_t number = 0;
    if (absl::SimpleAtoi(row.headcount(), &number) && IsSmall(number)) row.clear_headcount();
    if (absl::SimpleAtoi(row.published_value(), &number) && IsSmall(number)) {
      row.clear_published_value();
    }
    // As many events as people, often.
    if (row.evidence_count() <= static_cast<std::uint32_t>(kSmallMax)) row.clear_evidence_count();
  }

  const std::vector<ReportRow*> rows_;
  ReportRow* total_ = nullptr;
  std::map<std::string, std::vector<ReportRow*>> parts_;
};

}  // namespace

void WithholdSmall(std::vector<ReportRow>& rows) {
  std::map<std::string, std::vector<ReportRow*>> families;
  for (ReportRow& row : rows) {
    if (CountsPeople(row.unit())) families[row.cell().code()].push_back(&row);
  }
  for (auto& [code, family] : families) Family(std::move(family)).Guard();
}

}  // namespace mlup::counting
