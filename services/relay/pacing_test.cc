// Waits and the breaker, at times that the test chooses.
#include "services/relay/pacing.h"

#include <gtest/gtest.h>

namespace mlup::relay::pacing_test {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

TEST(RetryDelayTest, GrowsToItsBoundAndUsesAllOfIt) {
  SeededRandom random(7);
  for (const auto& [tries, bound] : {std::pair<std::uint32_t, absl::Duration>{1, absl::Seconds(1)},
                                     {4, absl::Seconds(8)},
                                     {9, absl::Seconds(256)},
                                     {10, absl::Minutes(5)},
                                     {4'000'000'000U, absl::Minutes(5)}}) {
    absl::Duration longest;
    absl::Duration shortest = absl::InfiniteDuration();
    for (int i = 0; i < 2000; ++i) {
      const absl::Duration delay = RetryDelay(tries, random);
      longest = std::max(longest, delay);
      shortest = std::min(shortest, delay);
    }
    EXPECT_LE(longest, bound);
    EXPECT_GT(longest, bound * 0.95);
    EXPECT_LT(shortest, bound * 0.05);
  }
}

TEST(RetryAfterTest, IsSecondsOrADate) {
  EXPECT_EQ(ParseRetryAfter("120", kNow), absl::Seconds(120));
  EXPECT_EQ(ParseRetryAfter("Tue, 14 Nov 2023 22:13:50 GMT", kNow), absl::Seconds(30));
  EXPECT_EQ(ParseRetryAfter("999999", kNow), kRetryAfterMax);
  EXPECT_EQ(ParseRetryAfter("-5", kNow), absl::ZeroDuration());
  EXPECT_EQ(ParseRetryAfter("soon", kNow), std::nullopt);
  EXPECT_EQ(ParseRetryAfter("", kNow), std::nullopt);
}

TEST(CircuitBreakerTest, OpensAfterFiveFailuresAndProbesWithOne) {
  CircuitBreaker breaker;
  for (int i = 0; i < 4; ++i) breaker.Failed(kNow);
  EXPECT_EQ(breaker.Room(kNow, 2, 8), 6U);
  breaker.Failed(kNow);
  EXPECT_TRUE(breaker.is_open());
  EXPECT_EQ(breaker.Room(kNow, 0, 8), 0U);
  const absl::Time probe = kNow + absl::Seconds(1);
  EXPECT_EQ(breaker.Room(probe, 0, 8), 1U);
  EXPECT_EQ(breaker.Room(probe, 1, 8), 0U);
  breaker.Failed(probe);
  EXPECT_EQ(breaker.Room(probe + absl::Seconds(1), 0, 8), 0U);
  EXPECT_EQ(breaker.Room(probe + absl::Seconds(2), 0, 8), 1U);
  breaker.Worked();
  EXPECT_EQ(breaker.Room(probe + absl::Seconds(2), 0, 8), 8U);
}

TEST(CircuitBreakerTest, ASuccessBetweenFailuresKeepsItClosed) {
  CircuitBreaker breaker;
  for (int i = 0; i < 20; ++i) {
    if (i % 4 == 0) breaker.Worked();
    breaker.Failed(kNow);
  }
  EXPECT_FALSE(breaker.is_open());
}

TEST(CircuitBreakerTest, ProbesAtLeastOnceAMinute) {
  CircuitBreaker breaker;
  absl::Time now = kNow;
  for (int i = 0; i < 100; ++i) {
    breaker.Failed(now);
    EXPECT_LE(breaker.next() - now, kBreakerDelayMax);
    now = std::max(now, breaker.next());
  }
}

TEST(CircuitBreakerTest, APauseThatWasAskedForStands) {
  CircuitBreaker breaker;
  breaker.PauseUntil(kNow + absl::Minutes(2));
  breaker.Worked();
  EXPECT_EQ(breaker.Room(kNow + absl::Minutes(1), 0, 8), 0U);
  EXPECT_EQ(breaker.Room(kNow + absl::Minutes(2), 0, 8), 8U);
}

}  // namespace
}  // namespace mlup::relay::pacing_test
