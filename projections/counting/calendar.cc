#include "projections/counting/calendar.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"

#include "eventstore/payload/event_references.h"
#include "eventstore/payload/event_types.h"

namespace mlup::counting {
namespace {

using projections::Fact;

// A fact may be said to lie within many years; no more quarters than this are told of one.
constexpr int kQuartersMax = 40;

// `2021-Q1`.
std::string QuarterOf(Day day) {
  const std::string text = FormatDay(day);
  const int month = (text[5] - '0') * 10 + (text[6] - '0');
  return absl::StrCat(text.substr(0, 4), "-Q", (month + 2) / 3);
}

void AddQuarters(const DayRange& days, std::map<std::string, std::uint32_t>& quarters) {
  Day day = days.first;
  for (int i = 0; i < kQuartersMax && day <= days.last; ++i) {
    const std::string quarter = QuarterOf(day);
    ++quarters[quarter];
    day = {ParsePeriod(quarter)->last.value + 1};
  }
}

bool FollowsOthers(const Fact& fact) {
  const auto* type = payload::FindEventType(fact.type);
  return type != nullptr && payload::MarksOf(*type).follows_others;
}

}  // namespace

absl::StatusOr<reports::v1::ListPeriodsResponse> ListPeriods(const projections::FactSource& facts,
                                                             Position up_to) {
  std::map<std::string, std::uint32_t> quarters;
  RETURN_IF_ERROR(facts.ForEach(up_to, [&](const Fact& fact) {
    if (fact.occurred) AddQuarters(*fact.occurred, quarters);
    return absl::OkStatus();
  }));
  reports::v1::ListPeriodsResponse response;
  std::for_each(quarters.rbegin(), quarters.rend(), [&response](const auto& quarter) {
    auto& period = *response.add_periods();
    period.set_period(quarter.first);
    period.set_events(quarter.second);
  });
  return response;
}

absl::StatusOr<reports::v1::ListKnowledgeDaysResponse> ListKnowledgeDays(
    const projections::FactSource& facts, const DayRange& period, Position up_to) {
  std::map<Day, std::uint32_t> days;
  RETURN_IF_ERROR(facts.ForEach(up_to, [&](const Fact& fact) {
    if (!fact.occurred || fact.occurred->Overlaps(period) || FollowsOthers(fact)) {
      ++days[DayOf(fact.known_at)];
    }
    return absl::OkStatus();
  }));
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
