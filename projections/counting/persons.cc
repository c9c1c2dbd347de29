#include "projections/counting/persons.h"

namespace mlup::counting {
namespace {

std::string_view BandOf(int years) {
  if (years <= 5) return "0-5";
  if (years <= 11) return "6-11";
  if (years <= 14) return "12-14";
  if (years <= 17) return "15-17";
  return years <= 24 ? "18-24" : "25+";
}

}  // namespace

std::string_view AgeBand(const std::optional<DayRange>& birth, const std::optional<DayRange>& at,
                         std::optional<int> told) {
  if (!at) return kUnknown;
  // What was told where the month of birth is not known.
  if (!birth) return told ? BandOf(*told) : kUnknown;
  const std::optional<AgeRange> ages = AgesAt(*birth, *at);
  if (!ages) return kUnknown;
  if (told && (*told < ages->youngest || *told > ages->oldest)) told.reset();
  const std::string_view youngest = BandOf(told.value_or(ages->youngest));
  return youngest == BandOf(told.value_or(ages->oldest)) ? youngest : kUnknown;
}

}  // namespace mlup::counting
