#include "eventstore/base/decimal.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace mlup {
namespace {

constexpr std::int64_t kScale = 1000;
constexpr std::size_t kPlaces = 3;

absl::Status Overflow() {
  return Error(absl::StatusCode::kInvalidArgument, "DECIMAL_OVERFLOW", "the number is too large");
}

bool IsDigits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

absl::StatusOr<Decimal> ParseDecimal(std::string_view text) {
  const std::size_t point = text.find('.');
  const bool has_places = point != std::string_view::npos;
  const std::string_view whole = text.substr(0, point);
  const std::string_view places = has_places ? text.substr(point + 1) : std::string_view();
  if (!IsDigits(whole) || (has_places && !IsDigits(places)) || places.size() > kPlaces) {
    return Error(absl::StatusCode::kInvalidArgument, "DECIMAL_INVALID",
                 "a decimal number from 0 with at most 3 places is required");
  }
  std::string digits(whole);
  digits.append(places).append(kPlaces - places.size(), '0');
  Decimal number;
  for (const char digit : digits) {
    if (__builtin_mul_overflow(number.thousandths, 10, &number.thousandths) ||
        __builtin_add_overflow(number.thousandths, digit - '0', &number.thousandths)) {
      return Overflow();
    }
  }
  return number;
}

std::string FormatDecimal(Decimal number) {
  // The remainder keeps the sign, and the smallest number has no positive twin: each part is made
  // positive by itself.
  const std::int64_t whole = number.thousandths / kScale;
  const std::int64_t rest = number.thousandths % kScale;
  std::string text = absl::StrCat(number.thousandths < 0 && whole == 0 ? "-" : "", whole);
  if (rest == 0) return text;
  absl::StrAppend(&text, ".", absl::Dec(rest < 0 ? -rest : rest, absl::kZeroPad3));
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

absl::StatusOr<Decimal> Add(Decimal a, Decimal b) {
  Decimal sum;
  if (__builtin_add_overflow(a.thousandths, b.thousandths, &sum.thousandths)) return Overflow();
  return sum;
}

absl::StatusOr<Decimal> Subtract(Decimal a, Decimal b) {
  Decimal difference;
  if (__builtin_sub_overflow(a.thousandths, b.thousandths, &difference.thousandths)) {
    return Overflow();
  }
  return difference;
}

}  // namespace mlup
