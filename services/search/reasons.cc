#include "services/search/reasons.h"

namespace mlup::search {

std::string_view ReasonOf(v1::Agreement agreement) {
  switch (agreement) {
    case v1::AGREEMENT_NAME_SAME:
      return "the name is written alike";
    case v1::AGREEMENT_NAME_SOUNDS_ALIKE:
      return "the name sounds alike";
    case v1::AGREEMENT_NAME_SIMILAR:
      return "the name is similar";
    case v1::AGREEMENT_PHONE_SAME:
      return "the telephone number is the same";
    case v1::AGREEMENT_PHONE_ENDS_ALIKE:
      return "the telephone number ends alike";
    case v1::AGREEMENT_IDENTIFIER_SAME:
      return "the identifier is the same";
    case v1::AGREEMENT_SEX_SAME:
      return "the sex is the same";
    case v1::AGREEMENT_SEX_DIFFERS:
      return "the sex differs";
    case v1::AGREEMENT_BIRTH_DAY_SAME:
      return "the day of birth is the same";
    case v1::AGREEMENT_BIRTH_MONTH_SAME:
      return "the month of birth is the same";
    case v1::AGREEMENT_BIRTH_YEAR_SAME:
      return "the year of birth is the same";
    case v1::AGREEMENT_BIRTH_NEAR:
      return "the birth is near";
    case v1::AGREEMENT_BIRTH_DIFFERS:
      return "the birth differs";
    case v1::AGREEMENT_PROVINCE_SAME:
      return "the province is the same";
    case v1::AGREEMENT_PROVINCE_DIFFERS:
      return "the province differs";
    default:
      return "";
  }
}

}  // namespace mlup::search
