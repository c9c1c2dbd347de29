#include "projections/postgres/copy_text.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"

#include "eventstore/base/status.h"

namespace mlup::postgres {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr int kYearMin = 1;
constexpr int kYearMax = 9999;

void AppendEscaped(std::string_view text, std::string& to) {
  for (const char c : text) {
    switch (c) {
      case '\0':
        to += kReplacement;
        break;
      case '\\':
        to += "\\\\";
        break;
      case '\t':
        to += "\\t";
        break;
      case '\n':
        to += "\\n";
        break;
      case '\r':
        to += "\\r";
        break;
      default:
        to += c;
    }
  }
}

}  // namespace

void CopyText::Begin() {
  if (in_row_) text_ += '\t';
  in_row_ = true;
}

CopyText& CopyText::Text(std::string_view text) {
  Begin();
  AppendEscaped(text, text_);
  return *this;
}

CopyText& CopyText::Number(std::uint64_t number) {
  Begin();
  absl::StrAppend(&text_, number);
  return *this;
}

CopyText& CopyText::Bool(bool value) {
  Begin();
  text_ += value ? 't' : 'f';
  return *this;
}

CopyText& CopyText::Null() {
  Begin();
  text_ += "\\N";
  return *this;
}

CopyText& CopyText::TextOrNull(std::string_view text) { return text.empty() ? Null() : Text(text); }

CopyText& CopyText::Days(const std::optional<DayRange>& days) {
  if (!days) return Null().Null();
  return Text(FormatDay(days->first)).Text(FormatDay(days->last));
}

CopyText& CopyText::Time(std::optional<absl::Time> time) {
  if (!time) return Null();
  const absl::CivilYear year(absl::ToCivilYear(*time, absl::UTCTimeZone()));
  if (year.year() < kYearMin) return Text("-infinity");
  if (year.year() > kYearMax) return Text("infinity");
  return Text(absl::FormatTime("%Y-%m-%d %H:%M:%E6S+00", *time, absl::UTCTimeZone()));
}

void CopyText::EndRow() {
  text_ += '\n';
  in_row_ = false;
}

std::string ArrayText(const std::vector<std::string>& texts) {
  std::string array = "{";
  for (const std::string& text : texts) {
    if (array.size() > 1) array += ',';
    array += '"';
    for (const char c : text) {
      if (c == '"' || c == '\\') array += '\\';
      if (c == '\0') {
        array += kReplacement;
      } else {
        array += c;
      }
    }
    array += '"';
  }
  return array + "}";
}

}  // namespace mlup::postgres
