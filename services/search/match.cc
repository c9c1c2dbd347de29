#include "services/search/match.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>

namespace mlup::search {
namespace {

// Below this, two names have sounds in common as any two have.
constexpr double kLikenessMin = 0.4;
// From here on a person who reads both aloud hears one name.
constexpr double kLikenessOfOneSound = 0.8;
constexpr std::uint32_t kScoreMin = 45;

// What a field weighs where it agrees, and where it differs.
struct Weight {
  double same;
  double differs;
};
constexpr Weight kName = {60, 60};
constexpr Weight kPhone = {30, 6};
constexpr Weight kIdentifier = {60, 15};
constexpr Weight kSex = {4, 14};
constexpr Weight kBirth = {22, 22};
constexpr Weight kProvince = {5, 5};

// Of a year that is a guess: by how many it may be wrong.
constexpr int kEstimateYears = 2;

class Sum {
 public:
  // `part`: 0 to 1 of what was asked for agrees.
  void Add(double part, const Weight& weight) {
    const double full = part > 0 ? weight.same : weight.differs;
    got_ += part * full;
    of_ += full;
  }
  void Say(v1::Agreement agreement) { agreed_.agreements.push_back(agreement); }

  Agreed Take() {
    const double score = of_ == 0 ? 0 : std::round(100 * got_ / of_);
    agreed_.score = static_cast<std::uint32_t>(score);
    if (agreed_.score < kScoreMin) return {};
    return std::move(agreed_);
  }

 private:
  double got_ = 0;
  double of_ = 0;
  Agreed agreed_;
};

int YearOf(Day day) { return std::atoi(FormatDay(day).c_str()); }

// Whole years between two ranges; 0 where they meet.
int YearsApart(const DayRange& one, const DayRange& other) {
  if (one.Overlaps(other)) return 0;
  return one.last < other.first ? YearOf(other.first) - YearOf(one.last)
                                : YearOf(one.first) - YearOf(other.last);
}

bool IsWithinMonth(const DayRange& days) {
  return FormatDay(days.first).substr(0, 7) == FormatDay(days.last).substr(0, 7);
}

// How alike the most alike of the names on record is to each that is asked for.
double CompareNames(const Query& query, const Entry& entry, Sum& sum) {
  double likeness = 0;
  bool is_written = true;
  bool is_spoken = true;
  for (const NameTokens& asked : query.names) {
    double best = 0;
    bool written = false;
    bool spoken = false;
    for (const NameTokens& known : entry.names) {
      best = std::max(best, Likeness(asked, known));
      written = written || AreAmong(asked.written, known.written);
      spoken = spoken || AreAmong(asked.spoken, known.spoken);
    }
    likeness += best / static_cast<double>(query.names.size());
    is_written = is_written && written;
    is_spoken = is_spoken && spoken;
  }
  if (likeness < kLikenessMin) {
    sum.Add(0, kName);
    return 0;
  }
  if (is_written) {
    sum.Say(v1::AGREEMENT_NAME_SAME);
  } else {
    sum.Say(is_spoken || likeness >= kLikenessOfOneSound ? v1::AGREEMENT_NAME_SOUNDS_ALIKE
                                                         : v1::AGREEMENT_NAME_SIMILAR);
  }
  sum.Add(likeness, kName);
  return likeness;
}

bool ComparePhone(const Query& query, const Entry& entry, Sum& sum) {
  double best = 0;
  for (const std::vector<Token>& known : entry.phones) {
    if (known.back() == query.phone.back()) {
      best = 1;
    } else if (std::ranges::find(known, query.phone.back()) != known.end()) {
      best = std::max(best, 0.9);
    }
  }
  if (best > 0) {
    sum.Say(best == 1 ? v1::AGREEMENT_PHONE_SAME : v1::AGREEMENT_PHONE_ENDS_ALIKE);
  }
  if (best > 0 || !entry.phones.empty()) sum.Add(best, kPhone);
  return best > 0;
}

bool CompareIdentifier(const Query& query, const Entry& entry, Sum& sum) {
  const bool same =
      std::ranges::find(entry.identifiers, *query.identifier) != entry.identifiers.end();
  if (same) sum.Say(v1::AGREEMENT_IDENTIFIER_SAME);
  if (same || !entry.identifiers.empty()) sum.Add(same ? 1 : 0, kIdentifier);
  return same;
}

// How near two births are, and what that is called.
std::pair<double, v1::Agreement> NearnessOf(const Birth& asked, const Birth& known) {
  if (asked.day && known.day && *asked.day == *known.day) return {1, v1::AGREEMENT_BIRTH_DAY_SAME};
  const int years = YearsApart(*asked.days, *known.days);
  if (years == 0) {
    if (asked.is_estimated) return {0.85, v1::AGREEMENT_BIRTH_NEAR};
    if (!IsWithinMonth(*asked.days) || !IsWithinMonth(*known.days)) {
      return {0.9, v1::AGREEMENT_BIRTH_YEAR_SAME};
    }
    const double same_month = asked.day && known.day ? 0.85 : 0.95;
    return {same_month, v1::AGREEMENT_BIRTH_MONTH_SAME};
  }
  if (YearOf(asked.days->first) == YearOf(known.days->first)) {
    return {0.75, v1::AGREEMENT_BIRTH_YEAR_SAME};
  }
  const int allowed = asked.is_estimated || known.is_estimated ? kEstimateYears : 1;
  if (years <= allowed) return {0.6, v1::AGREEMENT_BIRTH_NEAR};
  return {0, v1::AGREEMENT_BIRTH_DIFFERS};
}

bool CompareBirth(const Query& query, const Entry& entry, Sum& sum) {
  if (!entry.birth.days) return false;
  const auto [nearness, words] = NearnessOf(query.birth, entry.birth);
  sum.Say(words);
  sum.Add(nearness, kBirth);
  return nearness > 0;
}

bool IsKnown(cases::v1::Sex sex) {
  return sex != cases::v1::SEX_UNSPECIFIED && sex != cases::v1::SEX_UNKNOWN;
}

void CompareSexAndPlace(const Query& query, const Entry& entry, Sum& sum) {
  if (IsKnown(query.sex) && IsKnown(entry.sex)) {
    const bool same = query.sex == entry.sex;
    sum.Say(same ? v1::AGREEMENT_SEX_SAME : v1::AGREEMENT_SEX_DIFFERS);
    sum.Add(same ? 1 : 0, kSex);
  }
  if (!query.province.empty() && !entry.province.empty()) {
    const bool same = query.province == entry.province;
    sum.Say(same ? v1::AGREEMENT_PROVINCE_SAME : v1::AGREEMENT_PROVINCE_DIFFERS);
    sum.Add(same ? 1 : 0, kProvince);
  }
}

}  // namespace

Entry EntryOf(const PersonFacts& facts, const Tokens& tokens) {
  Entry entry;
  for (const std::string& name : facts.names) {
    NameTokens made = tokens.OfName(name);
    if (!made.empty()) entry.names.push_back(std::move(made));
  }
  for (const std::string& phone : facts.phones) {
    std::vector<Token> made = tokens.OfPhone(phone);
    if (!made.empty()) entry.phones.push_back(std::move(made));
  }
  for (const auto& [scheme, value] : facts.identifiers) {
    entry.identifiers.push_back(tokens.OfIdentifier(scheme, value));
    entry.identifiers.push_back(tokens.OfIdentifier(0, value));
  }
  entry.sex = facts.sex;
  entry.birth.is_estimated = facts.birth_estimated;
  // The month is in clear in the log; the day is not, and is held as a token beside its month.
  std::string month = facts.birth_month;
  if (facts.birth_day) {
    entry.birth.day = tokens.OfDay(FormatDay(*facts.birth_day));
    if (month.empty()) month = FormatDay(*facts.birth_day).substr(0, 7);
  }
  entry.birth.days = ParsePeriod(month);
  // `unknown` is nowhere.
  if (facts.province.size() == 2) entry.province = facts.province;
  return entry;
}

Agreed Compare(const Query& query, const Entry& entry) {
  Sum sum;
  bool found = false;
  if (!query.names.empty()) found = CompareNames(query, entry, sum) > 0;
  if (!query.phone.empty()) found = ComparePhone(query, entry, sum) || found;
  if (query.identifier) found = CompareIdentifier(query, entry, sum) || found;
  const bool by_birth = query.names.empty() && query.phone.empty() && !query.identifier;
  const bool born = query.birth.days && CompareBirth(query, entry, sum);
  if (by_birth) found = born;
  if (!found) return {};
  CompareSexAndPlace(query, entry, sum);
  return sum.Take();
}

}  // namespace mlup::search
