#include "services/mlup/page_language.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include <nlohmann/json.hpp>
#include <re2/re2.h>
#include <unicode/brkiter.h>
#include <unicode/unistr.h>

#include "eventstore/base/check.h"
#include "eventstore/base/status.h"
#include "eventstore/json/json_text.h"
#include "services/mlup/words.h"

extern "C" const char mlup_khmer_words_begin[];
extern "C" const char mlup_khmer_words_end[];

namespace mlup::cli {
namespace {

constexpr std::array<std::string_view, 12> kEnglishMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 12> kKhmerMonths = {
    "មករា", "កុម្ភៈ", "មីនា", "មេសា", "ឧសភា", "មិថុនា", "កក្កដា", "សីហា", "កញ្ញា", "តុលា", "វិច្ឆិកា", "ធ្នូ"};

// Words that begin one with the word behind them, and a word that the dictionary takes for two.
constexpr std::array<std::u16string_view, 3> kHeldTogether = {u"ការ", u"ភាព", u"សម្ប"};

bool IsHeld(const icu::UnicodeString& word) {
  return std::ranges::any_of(kHeldTogether, [&word](std::u16string_view held) {
    return word == icu::UnicodeString(held.data(), static_cast<int>(held.size()));
  });
}

bool IsKhmer(UChar32 letter) { return letter >= 0x1780 && letter <= 0x17ff; }

}  // namespace

PageLanguage::PageLanguage(bool khmer) : khmer_(khmer) {
  if (!khmer) return;
  const auto catalogue = strict::ParseJson({mlup_khmer_words_begin, mlup_khmer_words_end},
                                           {.bytes_max = std::size_t{1} << 20, .depth_max = 4});
  CHECK(catalogue.ok());
  for (const auto& [english, own] : catalogue->at("words").items()) {
    words_.emplace(english, own.get<std::string>());
  }
}

std::string PageLanguage::Word(std::string_view english) const {
  const auto found = words_.find(english);
  return found == words_.end() ? std::string(english) : found->second;
}

std::string PageLanguage::Words(std::string_view english) const {
  if (!khmer_) return std::string(english);
  std::vector<std::string> parts;
  for (const absl::string_view part : absl::StrSplit(ToAbsl(english), "; ")) {
    const auto known = words_.find(ToStd(part));
    if (known != words_.end()) {
      parts.push_back(known->second);
      continue;
    }
    std::vector<std::string> pieces;
    for (const absl::string_view piece : absl::StrSplit(part, ", ")) {
      pieces.push_back(Phrase(std::string(piece)));
    }
    parts.push_back(absl::StrJoin(pieces, ", "));
  }
  return absl::StrJoin(parts, "; ");
}

std::string PageLanguage::Phrase(const std::string& english) const {
  static const RE2 kName("[a-z][a-z0-9]*(-[a-z0-9]+)+");
  static const RE2 kDay("\\d{4}-\\d\\d(-\\d\\d)?");
  static const RE2 kDays("(\\d{4}-\\d\\d-\\d\\d) to (\\d{4}-\\d\\d-\\d\\d)");
  static const RE2 kAmount("(.+) ([0-9.]+) (\\S+)");
  static const RE2 kLabelled("([^:]+): (.+)");
  static const RE2 kCounted("([0-9.]+) (\\D+)");
  static const RE2 kRegistered("registered (\\d{4}-\\d\\d-\\d\\d)");
  static const RE2 kNumbered("(.*\\D)([0-9]+)");
  const auto known = words_.find(english);
  if (known != words_.end()) return known->second;
  // The name of an account keeps its digits.
  if (RE2::FullMatch(english, kName)) return english;
  std::string a;
  std::string b;
  std::string c;
  if (RE2::FullMatch(english, kDay)) return Day(english);
  if (RE2::FullMatch(english, kDays, &a, &b)) {
    return Days(a, b);
  }
  if (RE2::FullMatch(english, kAmount, &a, &b, &c)) {
    return absl::StrCat(Word(a), " ", Digits(b), " ", Word(c));
  }
  if (RE2::FullMatch(english, kLabelled, &a, &b)) return absl::StrCat(Word(a), "៖ ", Phrase(b));
  if (RE2::FullMatch(english, kCounted, &a, &b)) return absl::StrCat(Digits(a), " ", Word(b));
  if (RE2::FullMatch(english, kRegistered, &a)) {
    return absl::StrCat(Word("registered"), " ", Day(a));
  }
  if (RE2::FullMatch(english, kNumbered, &a, &b)) {
    const auto named = words_.find(std::string_view(a).substr(0, a.find_last_not_of(' ') + 1));
    if (named != words_.end()) return absl::StrCat(named->second, " ", Digits(b));
  }
  return Digits(english);
}

std::string PageLanguage::Digits(std::string_view text) const {
  if (!khmer_) return std::string(text);
  std::string own;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      own += c;
      continue;
    }
    // U+17E0 to U+17E9.
    own += "\xe1\x9f";
    own += static_cast<char>(0xa0 + (c - '0'));
  }
  return own;
}

std::string PageLanguage::Number(std::uint64_t number) const {
  return Digits(absl::StrCat(number));
}

std::string PageLanguage::Day(std::string_view day) const {
  const std::vector<absl::string_view> parts = absl::StrSplit(ToAbsl(day), '-');
  std::size_t month = 0;
  std::size_t number = 0;
  const bool is_day = (parts.size() == 2 || parts.size() == 3) &&
                      absl::SimpleAtoi(parts[1], &month) && month >= 1 && month <= 12 &&
                      (parts.size() == 2 || absl::SimpleAtoi(parts[2], &number));
  if (!is_day) return Digits(day);
  const std::string name((khmer_ ? kKhmerMonths : kEnglishMonths).at(month - 1));
  return Digits(parts.size() == 3 ? absl::StrCat(number, " ", name, " ", parts[0])
                                  : absl::StrCat(name, " ", parts[0]));
}

std::string PageLanguage::Days(std::string_view from, std::string_view to) const {
  return absl::StrCat(Day(from), khmer_ ? " ដល់ " : " to ", Day(to));
}

std::string PageLanguage::Moment(const google::protobuf::Timestamp& time) const {
  const std::string words = TimeWords(time);
  if (words.empty()) return "";
  return absl::StrCat(Day(words.substr(0, 10)), " ", Digits(words.substr(11)));
}

std::string PageLanguage::Occurred(const log::v1::Occurred& occurred) const {
  if (occurred.from().empty()) return Word("Time unknown");
  if (occurred.from() == occurred.to()) return Day(occurred.from());
  return Days(occurred.from(), occurred.to());
}

std::string BreakBetweenKhmerWords(std::string_view text) {
  const icu::UnicodeString whole =
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int>(text.size())));
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<icu::BreakIterator> words(
      icu::BreakIterator::createWordInstance(icu::Locale("km"), error));
  CHECK(U_SUCCESS(error) != 0);
  words->setText(whole);
  icu::UnicodeString broken;
  int begin = 0;
  for (int end = words->first(); end != icu::BreakIterator::DONE; end = words->next()) {
    broken.append(whole, begin, end - begin);
    const bool between = end > 0 && end < whole.length() && IsKhmer(whole.char32At(end - 1)) &&
                         IsKhmer(whole.char32At(end)) &&
                         !IsHeld(whole.tempSubString(begin, end - begin));
    if (between) broken.append(static_cast<UChar>(0x200b));
    begin = end;
  }
  std::string out;
  broken.toUTF8String(out);
  return out;
}

}  // namespace mlup::cli
