#include "projections/counting/calendar.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mlup::counting {
namespace {

// A fact may be said to lie within many years; no more quarters than this are told of one.
constexpr int kQuartersMax = 40;

// `2021-Q1`.
std::string QuarterOf(Day day) {
  const std::string text = FormatDay(day);
  const int month = (text[5] - '0') * 10 + (text[6] - '0');
  return absl::StrCat(text.substr(0, 4), "-Q", (month + 2) / 3);
}

struct ByDays {
  bool operator()(const DayRange& a, const DayRange& b) const {
    return std::pair(a.first, a.last) < std::pair(b.first, b.last);
  }
};

void AddQuarters(const DayRange& days, std::uint32_t facts,
                 std::map<std::string, std::uint32_t>& quarters) {
  Day day = days.first;
  for (int i = 0; i < kQuartersMax && day <= days.last; ++i) {
    const std::string quarter = QuarterOf(day);
    quarters[quarter] += facts;
    day = {ParsePeriod(quarter)->last.value + 1};
  }
}

}  // namespace

absl::StatusOr<reports::v1::ListPeriodsResponse> ListPeriods(const CountedFacts& facts,
                                                             Position up_to) {
  ASSIGN_OR_RETURN(const auto reading, facts.Read(up_to));
  const FactTable& table = reading->table();
  std::map<DayRange, std::uint32_t, ByDays> days;
  for (RowId id = 0; id < table.size() && table.PositionOf(id) <= up_to; ++id) {
    if (const auto occurred = table.WhenOf(id).Occurred()) ++days[*occurred];
  }
  std::map<std::string, std::uint32_t> quarters;
  for (const auto& [range, facts_in] : days) AddQuarters(range, facts_in, quarters);
  reports::v1::ListPeriodsResponse response;
  std::for_each(quarters.rbegin(), quarters.rend(), [&response](const auto& quarter) {
    auto& period = *response.add_periods();
    period.set_period(quarter.first);
    period.set_events(quarter.second);
  });
  return response;
}

absl::StatusOr<reports::v1::ListKnowledgeDaysResponse> ListKnowledgeDays(const CountedFacts& facts,
                                                                         const DayRange& period,
                                                                         Position up_to) {
  ASSIGN_OR_RETURN(const auto reading, facts.Read(up_to));
  const FactTable& table = reading->table();
  std::map<Day, std::uint32_t> days;
  for (RowId id = 0; id < table.size() && table.PositionOf(id) <= up_to; ++id) {
    const std::optional<DayRange> occurred = table.WhenOf(id).Occurred();
    if (!occurred || occurred->Overlaps(period) || table.MarksOf(id).follows_others) {
      ++days[table.WhenOf(id).known];
    }
  }
  reports::v1::ListKnowledgeDaysResponse response;
  for (const auto& [known, events] : days) {
    auto& day = *response.add_days();
    day.set_day(FormatDay(known));
    day.set_events(events);
  }
  response.set_position(up_to.value);
  return response;
}

}  // namespace mlup::counting
