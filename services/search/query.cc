#include "services/search/query.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "services/search/normal_form.h"

namespace mlup::search {
namespace {

// Letters of all words of a name; one Khmer letter is a syllable, and there are names of one.
constexpr std::size_t kNameLettersMin = 2;
constexpr std::uint32_t kAgePrecisionDefault = 2;
constexpr std::size_t kProvinceDigits = 2;

absl::Status Refused(std::string_view reason, std::string_view field, std::string_view words) {
  return FieldError(absl::StatusCode::kInvalidArgument, reason, field, words);
}

absl::Status AddNames(const v1::SearchPersonsRequest& request, const Tokens& tokens, Query& query) {
  for (int i = 0; i < request.names_size(); ++i) {
    std::size_t letters = 0;
    for (const std::u32string& word : WordsOf(request.names(i))) letters += word.size();
    NameTokens made = tokens.OfName(request.names(i));
    if (letters < kNameLettersMin || made.empty()) {
      return Refused("NAME_TOO_SHORT", absl::StrCat("names[", i, "]"),
                     "must have two letters or more, in Khmer or Latin");
    }
    query.names.push_back(std::move(made));
  }
  return absl::OkStatus();
}

absl::Status AddNumbers(const v1::SearchPersonsRequest& request, const Tokens& tokens,
                        Query& query) {
  if (!request.phone().empty()) {
    query.phone = tokens.OfPhone(request.phone());
    if (query.phone.empty()) {
      return Refused("PHONE_TOO_SHORT", "phone", "must have six digits or more");
    }
  }
  if (!request.identifier().empty()) {
    if (SerialOf(request.identifier()).empty()) {
      return Refused("IDENTIFIER_EMPTY", "identifier", "must have letters or digits");
    }
    query.identifier = tokens.OfIdentifier(request.scheme(), request.identifier());
  }
  return absl::OkStatus();
}

std::string MonthOf(int year, int month) {
  return absl::StrCat(year, month < 10 ? "-0" : "-", month);
}

// "About ten years old" as the months in which a birth fits.
DayRange BornWithin(Day today, int youngest, int oldest) {
  const std::string day = FormatDay(today);
  const int year = std::stoi(day.substr(0, 4));
  const int month = std::stoi(day.substr(5, 2));
  return {ParsePeriod(MonthOf(year - oldest - 1, month))->first,
          ParsePeriod(MonthOf(year - youngest, month))->last};
}

absl::Status AddBirth(const v1::SearchPersonsRequest& request, const Tokens& tokens, Day today,
                      Query& query) {
  if (!request.birth().empty()) {
    if (request.has_age_years()) {
      return Refused("BIRTH_INVALID", "age_years", "must be absent where a birth is given");
    }
    const std::string& birth = request.birth();
    query.birth.days = ParsePeriod(birth);
    if (!query.birth.days || birth.find('Q') != std::string::npos) {
      return Refused("BIRTH_INVALID", "birth", "must be a day, month or year, such as 2014-03");
    }
    if (ParseDay(birth)) {
      query.birth.day = tokens.OfDay(birth);
      query.birth.days = ParsePeriod(birth.substr(0, 7));
    }
  } else if (request.has_age_years()) {
    const auto precision = static_cast<int>(
        request.has_age_precision_years() ? request.age_precision_years() : kAgePrecisionDefault);
    const auto age = static_cast<int>(request.age_years());
    query.birth.days = BornWithin(today, std::max(0, age - precision), age + precision);
    query.birth.is_estimated = true;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Query> QueryOf(const v1::SearchPersonsRequest& request, const Tokens& tokens,
                              Day today) {
  Query query;
  RETURN_IF_ERROR(AddNames(request, tokens, query));
  RETURN_IF_ERROR(AddNumbers(request, tokens, query));
  RETURN_IF_ERROR(AddBirth(request, tokens, today, query));
  if (query.names.empty() && query.phone.empty() && !query.identifier && !query.birth.days) {
    return Refused(
        "SEARCH_TOO_WIDE", "names",
        "give a name, a telephone number, an identifier, a birth or an age: sex and place "
        "alone list people instead of finding one");
  }
  query.sex = request.sex();
  const std::string& place = request.place();
  const bool is_code = place.size() >= kProvinceDigits && place[0] >= '0' && place[0] <= '9';
  if (is_code) query.province = place.substr(0, kProvinceDigits);
  return query;
}

}  // namespace mlup::search
