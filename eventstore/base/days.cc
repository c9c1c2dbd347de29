#include "eventstore/base/days.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"

#include "eventstore/base/local_time.h"
#include "eventstore/base/status.h"

namespace mlup {
namespace {

absl::CivilDay ToCivil(Day day) { return absl::CivilDay(1970, 1, 1) + day.value; }

Day FromCivil(absl::CivilDay day) {
  return {static_cast<std::int32_t>(day - absl::CivilDay(1970, 1, 1))};
}

// A field of `text` that must be digits only.
std::optional<int> Digits(std::string_view text, std::size_t from, std::size_t count) {
  if (text.size() < from + count) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(from, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

// Completed years from a day of birth; negative before it.
int YearsBetween(Day birth, Day at) {
  const absl::CivilDay born = ToCivil(birth);
  const absl::CivilDay then = ToCivil(at);
  const bool had_birthday =
      then.month() > born.month() || (then.month() == born.month() && then.day() >= born.day());
  return static_cast<int>(then.year() - born.year()) - (had_birthday ? 0 : 1);
}

DayRange Months(int year, int month, int count) {
  const absl::CivilMonth first(year, month);
  return {FromCivil(absl::CivilDay(first)), FromCivil(absl::CivilDay(first + count) - 1)};
}

}  // namespace

std::optional<Day> ParseDay(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = Digits(text, 0, 4);
  const auto month = Digits(text, 5, 2);
  const auto day = Digits(text, 8, 2);
  if (!year || !month || !day || *year < 1900) return std::nullopt;
  const absl::CivilDay civil(*year, *month, *day);
  if (civil.month() != *month || civil.day() != *day) return std::nullopt;
  return FromCivil(civil);
}

std::string FormatDay(Day day) {
  const absl::CivilDay civil = ToCivil(day);
  return absl::StrFormat("%04d-%02d-%02d", civil.year(), civil.month(), civil.day());
}

std::optional<DayRange> ParsePeriod(std::string_view text) {
  if (const auto day = ParseDay(text)) return DayRange{*day, *day};
  const auto year = Digits(text, 0, 4);
  if (!year || *year < 1900) return std::nullopt;
  if (text.size() == 4) return Months(*year, 1, 12);
  if (text.size() != 7 || text[4] != '-') return std::nullopt;
  if (text[5] == 'Q') {
    const auto quarter = Digits(text, 6, 1);
    if (!quarter || *quarter < 1 || *quarter > 4) return std::nullopt;
    return Months(*year, *quarter * 3 - 2, 3);
  }
  const auto month = Digits(text, 5, 2);
  if (!month || *month < 1 || *month > 12) return std::nullopt;
  return Months(*year, *month, 1);
}

std::optional<AgeRange> AgesAt(const DayRange& birth, const DayRange& at) {
  if (at.last < birth.first) return std::nullopt;
  return AgeRange{std::max(0, YearsBetween(birth.last, at.first)),
                  YearsBetween(birth.first, at.last)};
}

Day DayOf(absl::Time instant) {
  return FromCivil(absl::CivilDay(absl::ToCivilSecond(instant, PhnomPenh())));
}

absl::Time StartOf(Day day) { return absl::FromCivil(ToCivil(day), PhnomPenh()); }

}  // namespace mlup
