// What wakes a follower of the log, and what does not.
#include "projections/gather.h"

#include <gtest/gtest.h>

namespace mlup::projections {
namespace {

class GatherTest : public testing::Test {
 protected:
  absl::Time After(int milliseconds) const { return begin_ + absl::Milliseconds(milliseconds); }

  const absl::Time begin_ = absl::FromUnixSeconds(1'619'067'600);
  Gather gather_{{.time = absl::Milliseconds(100), .events = 1000}};
};

TEST_F(GatherTest, WithoutEventsNothingIsEverDue) {
  EXPECT_FALSE(gather_.IsDue(begin_));
  gather_.Saw({0}, begin_);
  EXPECT_FALSE(gather_.IsDue(begin_ + absl::Hours(1)));
  EXPECT_FALSE(gather_.HasNew());
}

TEST_F(GatherTest, TheFirstEventWaitsForTheTimeWhateverFollowsIt) {
  gather_.Saw({1}, begin_);
  for (int after = 0; after < 100; after += 10) {
    gather_.Saw({static_cast<std::uint64_t>(after)}, After(after));
    EXPECT_FALSE(gather_.IsDue(After(after))) << after;
    EXPECT_EQ(gather_.Left(After(after)), absl::Milliseconds(100 - after));
  }
  EXPECT_TRUE(gather_.IsDue(After(100)));
  EXPECT_TRUE(gather_.IsDue(After(5000)));
}

TEST_F(GatherTest, ManyEventsDoNotWaitForTheTime) {
  gather_.Saw({999}, begin_);
  EXPECT_FALSE(gather_.IsDue(begin_));
  gather_.Saw({1000}, After(1));
  EXPECT_TRUE(gather_.IsDue(After(1)));
}

TEST_F(GatherTest, WhoAsksDoesNotWait) {
  gather_.Saw({1}, begin_);
  gather_.Ask({1});
  EXPECT_TRUE(gather_.IsDue(begin_));
  gather_.Worked({1}, After(1));
  EXPECT_FALSE(gather_.IsDue(After(1)));
  // An answer that is there already wakes nobody.
  gather_.Ask({1});
  EXPECT_FALSE(gather_.IsDue(After(1)));
}

TEST_F(GatherTest, WhoAsksForWhatHasNotComeIsWorkedForWhenItComes) {
  gather_.Ask({7});
  EXPECT_FALSE(gather_.IsDue(begin_));
  gather_.Saw({3}, begin_);
  EXPECT_TRUE(gather_.IsDue(begin_));
  gather_.Worked({3}, begin_);
  EXPECT_FALSE(gather_.IsDue(After(1)));
  gather_.Saw({7}, After(2));
  EXPECT_TRUE(gather_.IsDue(After(2)));
  gather_.Worked({7}, After(3));
  gather_.Saw({8}, After(4));
  EXPECT_FALSE(gather_.IsDue(After(4)));
}

TEST_F(GatherTest, WhatCameDuringTheWorkWaitsFromItsEndOn) {
  gather_.Saw({10}, begin_);
  gather_.Saw({25}, After(100));
  gather_.Worked({20}, After(130));
  EXPECT_TRUE(gather_.HasNew());
  EXPECT_FALSE(gather_.IsDue(After(229)));
  EXPECT_TRUE(gather_.IsDue(After(230)));
  gather_.Worked({25}, After(240));
  EXPECT_FALSE(gather_.IsDue(After(9999)));
}

TEST_F(GatherTest, AClockThatWentBackDoesNotHoldAnythingUpForLonger) {
  gather_.Saw({1}, begin_);
  EXPECT_EQ(gather_.Left(begin_ - absl::Hours(1)), absl::Milliseconds(100));
}

}  // namespace
}  // namespace mlup::projections
