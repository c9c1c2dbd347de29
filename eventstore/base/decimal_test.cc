#include "eventstore/base/decimal.h"

#include <limits>

#include <gtest/gtest.h>

namespace mlup {
namespace {

constexpr Decimal kMax{std::numeric_limits<std::int64_t>::max()};
constexpr Decimal kMin{std::numeric_limits<std::int64_t>::min()};

TEST(DecimalTest, ParsesWhatPeopleState) {
  const struct {
    std::string_view text;
    std::int64_t thousandths;
  } kCases[] = {{"0", 0},       {"25", 25000}, {"2.5", 2500},
                {"0.125", 125}, {"007", 7000}, {"9223372036854775.807", kMax.thousandths}};
  for (const auto& [text, thousandths] : kCases) {
    const auto number = ParseDecimal(text);
    ASSERT_TRUE(number.ok()) << text;
    EXPECT_EQ(number->thousandths, thousandths) << text;
  }
}

TEST(DecimalTest, RefusesEveryOtherText) {
  for (const std::string_view text :
       {"", ".", "1.", ".5", "-1", "+1", "1e3", "1.2345", "1,5", " 1", "1.2.3", "\xe1\x9f\xa1"}) {
    EXPECT_EQ(ErrorReason(ParseDecimal(text).status()), "DECIMAL_INVALID") << text;
  }
  for (const std::string_view text : {"9223372036854775.808", "99999999999999999999999"}) {
    EXPECT_EQ(ErrorReason(ParseDecimal(text).status()), "DECIMAL_OVERFLOW") << text;
  }
}

TEST(DecimalTest, FormatsInTheShortestForm) {
  const struct {
    std::int64_t thousandths;
    std::string_view text;
  } kCases[] = {{0, "0"},        {25000, "25"},
                {2500, "2.5"},   {1005, "1.005"},
                {120, "0.12"},   {-125, "-0.125"},
                {-1500, "-1.5"}, {kMin.thousandths, "-9223372036854775.808"}};
  for (const auto& [thousandths, text] : kCases) {
    EXPECT_EQ(FormatDecimal({thousandths}), text);
  }
}

TEST(DecimalTest, SumsAreExactAndOverflowIsAnError) {
  Decimal sum;
  for (int i = 0; i < 10; ++i) sum = *Add(sum, *ParseDecimal("0.1"));
  EXPECT_EQ(sum, *ParseDecimal("1"));
  EXPECT_EQ(FormatDecimal(*Subtract(*ParseDecimal("1"), *ParseDecimal("2.75"))), "-1.75");
  EXPECT_EQ(ErrorReason(Add(kMax, {1}).status()), "DECIMAL_OVERFLOW");
  EXPECT_EQ(ErrorReason(Subtract(kMin, {1}).status()), "DECIMAL_OVERFLOW");
  EXPECT_LT(*ParseDecimal("9.999"), *ParseDecimal("10"));
}

}  // namespace
}  // namespace mlup
