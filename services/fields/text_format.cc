#include "services/fields/text_format.h"

#include <algorithm>
#include <cstdint>

#include "eventstore/base/code.h"
#include "eventstore/base/currency.h"
#include "eventstore/base/days.h"
#include "eventstore/base/decimal.h"
#include "eventstore/base/uuid.h"

namespace mlup::fields {
namespace {

// More than anybody hands out, and little enough that millions of them can be added.
constexpr std::int64_t kQuantityMax = 1'000'000'000;

bool IsQuantity(std::string_view text) {
  const absl::StatusOr<Decimal> number = ParseDecimal(text);
  return number.ok() && number->thousandths <= kQuantityMax * 1000;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

bool AllDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit);
}

bool IsProvinceCode(std::string_view text) {
  return text.size() == 2 && AllDigits(text) && text >= "01" && text <= "25";
}

bool IsPlace(std::string_view text) {
  if (text == "unknown" || text == "remote") return true;
  return text.size() <= 8 && text.size() % 2 == 0 && AllDigits(text) &&
         IsProvinceCode(text.substr(0, 2));
}

bool IsStream(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0) return false;
  const std::string_view category = text.substr(0, slash);
  return std::all_of(category.begin(), category.end(),
                     [](char c) { return IsLower(c) || c == '_'; }) &&
         IsUuid(text.substr(slash + 1));
}

bool IsSha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return IsDigit(c) || (c >= 'a' && c <= 'f');
         });
}

bool IsMonthOrYear(std::string_view text) {
  return ParsePeriod(text) && (text.size() == 4 || (text.size() == 7 && text[5] != 'Q'));
}

bool IsQuarterOrYear(std::string_view text) {
  return ParsePeriod(text) && (text.size() == 4 || (text.size() == 7 && text[5] == 'Q'));
}

// Embeddings, overrides and isolates: left open, they turn round what is printed after them.
bool TurnsDirection(std::uint32_t point) {
  return (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

}  // namespace

bool HasFormat(std::string_view text, command::v1::Format format) {
  switch (format) {
    case command::v1::FORMAT_UUID:
      return IsUuid(text);
    case command::v1::FORMAT_STREAM:
      return IsStream(text);
    case command::v1::FORMAT_PROVINCE:
      return text == "unknown" || IsProvinceCode(text);
    case command::v1::FORMAT_PLACE:
      return IsPlace(text);
    case command::v1::FORMAT_DAY:
      return ParseDay(text).has_value();
    case command::v1::FORMAT_CODE:
      return IsCode(text);
    case command::v1::FORMAT_DECIMAL:
      return IsQuantity(text);
    case command::v1::FORMAT_SHA256:
      return IsSha256(text);
    case command::v1::FORMAT_MONTH:
      return IsMonthOrYear(text);
    case command::v1::FORMAT_PERIOD:
      return IsQuarterOrYear(text);
    case command::v1::FORMAT_CURRENCY:
      return IsCurrency(text);
    case command::v1::FORMAT_UNSPECIFIED:
    case command::v1::Format_INT_MIN_SENTINEL_DO_NOT_USE_:
    case command::v1::Format_INT_MAX_SENTINEL_DO_NOT_USE_:
      return true;
  }
  return true;
}

// Decodes by hand: overlong forms, surrogates and numbers past U+10FFFF are not text.
TextScan ScanText(std::string_view text) {
  TextScan scan;
  for (std::size_t i = 0; i < text.size(); ++scan.characters) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xc2 ? 0
                               : lead < 0xe0 ? 2
                               : lead < 0xf0 ? 3
                               : lead < 0xf5 ? 4
                                             : 0;
    if (length == 0 || i + length > text.size()) return {.valid = false};
    std::uint32_t point = length == 1 ? lead : lead & (0xffu >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xc0) != 0x80) return {.valid = false};
      point = (point << 6) | (next & 0x3fu);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    if (overlong || (point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff)
      return {.valid = false};
    if (point == '\n' || point == '\t') {
      scan.line_breaks_or_tabs = true;
    } else if (point < 0x20 || (point >= 0x7f && point < 0xa0) || TurnsDirection(point)) {
      scan.control_characters = true;
    } else if ((point & 0xfffe) == 0xfffe || (point >= 0xfdd0 && point <= 0xfdef)) {
      scan.noncharacters = true;
    }
    i += length;
  }
  return scan;
}

}  // namespace mlup::fields
