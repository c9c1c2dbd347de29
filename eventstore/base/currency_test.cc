// Amounts as people write them.
#include "eventstore/base/currency.h"

#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace mlup {
namespace {

TEST(CurrencyTest, EachHasItsOwnForm) {
  EXPECT_EQ(FormatMoney(186450, "USD"), "USD 1864.50");
  EXPECT_EQ(FormatMoney(4000, "KHR"), "KHR 4000");
  EXPECT_EQ(FormatMoney(4000, "JPY"), "JPY 4000");
  EXPECT_EQ(FormatMoney(1250, "KWD"), "KWD 1.250");
  EXPECT_EQ(FormatMoney(1250, "THB"), "THB 12.50");
}

TEST(CurrencyTest, SmallAndNegativeAmountsKeepTheirPlaces) {
  EXPECT_EQ(FormatAmount(0, "USD"), "0.00");
  EXPECT_EQ(FormatAmount(5, "USD"), "0.05");
  EXPECT_EQ(FormatAmount(-5, "USD"), "-0.05");
  EXPECT_EQ(FormatAmount(-4000, "KHR"), "-4000");
  EXPECT_EQ(FormatAmount(std::numeric_limits<std::int64_t>::min(), "KHR"), "-9223372036854775808");
}

TEST(CurrencyTest, WhatIsNoCurrencyStandsBeforeTheBareNumber) {
  EXPECT_EQ(FormatMoney(5, "unknown"), "unknown 5");
  EXPECT_FALSE(IsCurrency("usd"));
  EXPECT_FALSE(IsCurrency("D U"));
  EXPECT_FALSE(IsCurrency("ZWG "));
  EXPECT_TRUE(IsCurrency("ZWG"));
}

}  // namespace
}  // namespace mlup
