#include "projections/counting/persons.h"

#include <algorithm>

#include "absl/time/civil_time.h"

namespace mlup::counting {
namespace {

void Learn(std::string& known, std::string_view value) {
  if (!value.empty() && value != kUnknown) known = value;
}

// Completed years from a day of birth; negative before it.
int YearsBetween(Day birth, Day at) {
  const absl::CivilDay born = absl::CivilDay(1970, 1, 1) + birth.value;
  const absl::CivilDay then = absl::CivilDay(1970, 1, 1) + at.value;
  const bool had_birthday =
      then.month() > born.month() || (then.month() == born.month() && then.day() >= born.day());
  return static_cast<int>(then.year() - born.year()) - (had_birthday ? 0 : 1);
}

std::string_view BandOf(int years) {
  if (years <= 5) return "0-5";
  if (years <= 11) return "6-11";
  if (years <= 14) return "12-14";
  if (years <= 17) return "15-17";
  return years <= 24 ? "18-24" : "25+";
}

}  // namespace

void Facets::LearnSex(std::string_view value) { Learn(sex, value); }
void Facets::LearnDisability(std::string_view value) { Learn(disability, value); }
void Facets::LearnResidence(std::string_view value) { Learn(residence_province_code, value); }
void Facets::LearnBirth(std::string_view month_or_year) {
  if (const auto days = ParsePeriod(month_or_year)) birth = days;
}

std::string_view AgeBand(const std::optional<DayRange>& birth, const std::optional<DayRange>& at) {
  if (!birth || !at || at->last < birth->first) return kUnknown;
  const std::string_view youngest = BandOf(std::max(0, YearsBetween(birth->last, at->first)));
  return youngest == BandOf(YearsBetween(birth->first, at->last)) ? youngest : kUnknown;
}

}  // namespace mlup::counting
