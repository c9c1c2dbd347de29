// So much for each, and given back.
#include "services/esdb/shares.h"

#include "gtest/gtest.h"

namespace mlup::esdb {
namespace {

TEST(SharesTest, NoneHasMoreThanItsShareAndOthersHaveTheirs) {
  Shares shares(10);
  EXPECT_TRUE(shares.Take("a", 7));
  EXPECT_FALSE(shares.Take("a", 4));
  EXPECT_TRUE(shares.Take("a", 3));
  EXPECT_TRUE(shares.Take("b", 10));
  shares.Give("a", 4);
  EXPECT_TRUE(shares.Take("a", 4));
  EXPECT_FALSE(shares.Take("c", 11));
}

TEST(SharesTest, WhatACallHoldsIsGivenBackWhenItIsGone) {
  Shares shares(10);
  {
    Holding holding(shares, "a");
    EXPECT_TRUE(holding.Take(6));
    EXPECT_FALSE(holding.Take(5));
    holding.Give(2);
    EXPECT_EQ(holding.held(), 4u);
    EXPECT_FALSE(shares.Take("a", 7));
  }
  EXPECT_TRUE(shares.Take("a", 10));
}

}  // namespace
}  // namespace mlup::esdb
