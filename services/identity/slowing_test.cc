// Guessing is slowed, colleagues are not.
#include "services/identity/slowing.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "eventstore/base/limits.h"

namespace mlup::identity::slowing_test {
namespace {

class SlowingTest : public testing::Test {
 protected:
  bool MayTry(const std::string& actor, const std::string& address) {
    const absl::Status may = slowing_.MayTry(actor, address, now_);
    EXPECT_TRUE(may.ok() || ErrorReason(may) == "SIGN_IN_SLOWED") << may;
    return may.ok();
  }
  void Fail(const std::string& actor, const std::string& address, int times) {
    for (int i = 0; i < times; ++i) slowing_.Failed(actor, address, now_);
  }
  // How long whoever asks every second waits.
  int SecondsUntilMayTry(const std::string& actor, const std::string& address) {
    for (int seconds = 0; seconds < 10'000; ++seconds, now_ += absl::Seconds(1)) {
      if (MayTry(actor, address)) return seconds;
    }
    return -1;
  }

  Slowing slowing_;
  absl::Time now_ = absl::FromUnixSeconds(1'600'000'000);
};

TEST_F(SlowingTest, AFewMistakesCostNothingAndGuessingCostsMoreAndMore) {
  Fail("a", "here", 4);
  EXPECT_TRUE(MayTry("a", "here"));
  Fail("a", "here", 1);
  EXPECT_EQ(SecondsUntilMayTry("a", "here"), 1);
  Fail("a", "here", 1);
  EXPECT_EQ(SecondsUntilMayTry("a", "here"), 2);
  Fail("a", "here", 1);
  EXPECT_EQ(SecondsUntilMayTry("a", "here"), 4);
  Fail("a", "here", 20);
  EXPECT_EQ(SecondsUntilMayTry("a", "here"), 300) << "never longer than five minutes";
}

TEST_F(SlowingTest, WhoGuessesKeepsNobodyElseOut) {
  Fail("a", "attacker", 39);
  EXPECT_FALSE(MayTry("a", "attacker"));
  EXPECT_TRUE(MayTry("a", "office")) << "the owner signs in from elsewhere";
  EXPECT_TRUE(MayTry("b", "attacker")) << "a colleague behind the same address";
  Fail("a", "attacker", 200);
  EXPECT_LE(SecondsUntilMayTry("a", "office"), 60);
}

TEST_F(SlowingTest, AnAddressThatFailsForManyIsSlowedALittle) {
  for (int i = 0; i < 130; ++i) Fail(absl::StrCat("a", i), "office", 1);
  const int wait = SecondsUntilMayTry("fresh", "office");
  EXPECT_GE(wait, 1);
  EXPECT_LE(wait, 10);
}

TEST_F(SlowingTest, ASignInForgetsAndTimeForgives) {
  Fail("a", "here", 5);
  slowing_.Succeeded("a", "here");
  Fail("a", "here", 4);
  EXPECT_TRUE(MayTry("a", "here"));
  Fail("a", "here", 4);
  now_ += absl::Minutes(31);
  Fail("a", "here", 1);
  EXPECT_TRUE(MayTry("a", "here")) << "8 count as 2 after half an hour";
}

TEST_F(SlowingTest, AClockThatIsSetBackLengthensNoWait) {
  Fail("a", "here", 30);
  now_ -= absl::Hours(24 * 365);
  const std::string words(slowing_.MayTry("a", "here", now_).message());
  EXPECT_NE(words.find("in 300 s"), std::string::npos) << words;
}

TEST_F(SlowingTest, WhatIsKeptIsBounded) {
  for (std::size_t i = 0; i < kSlowedMax / 2; ++i) {
    slowing_.Failed(absl::StrCat("a", i), absl::StrCat("b", i), now_ + absl::Seconds(i));
  }
  EXPECT_LE(slowing_.size(), kSlowedMax);
}

}  // namespace
}  // namespace mlup::identity::slowing_test
