// A follower rests while nothing comes, and works for whoever asks.
#include "projections/follower.h"

#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "mlup/cases/v1/case_events.pb.h"
#include "projections/test_log.h"

namespace mlup::projections {
namespace {

// Works off the log up to its end, and can be waited for.
class FollowerTest : public testing::Test {
 protected:
  absl::StatusOr<Follower::Step> Work() {
    MutexLock lock(mutex_);
    ++calls_;
    changed_.NotifyAll();
    if (!failure_.ok()) return std::exchange(failure_, absl::OkStatus());
    ASSIGN_OR_RETURN(at_, log_.log().Head());
    return Follower::Step{at_, at_, again_};
  }
  void Follow() {
    follower_.emplace(
        log_.log(), "mlup-test", [this] { return Work(); },
        [this](const absl::Status& why) {
          MutexLock lock(mutex_);
          stopped_ = std::string(why.message());
          changed_.NotifyAll();
        });
  }
  template <typename Holds>
  void WaitUntil(Holds holds) {
    MutexLock lock(mutex_);
    while (!holds()) changed_.Wait(mutex_);
  }
  void WaitFor(Position position) {
    WaitUntil([&] { return at_ >= position; });
  }
  Position Append() {
    cases::v1::NoteRecorded note;
    note.set_kind(cases::v1::NOTE_KIND_NOTE);
    return log_.Append("case/" + TestId(1), note);
  }

  TestLog log_;
  Mutex mutex_;
  Condition changed_;
  Position at_;
  int calls_ = 0;
  absl::Duration again_ = absl::InfiniteDuration();
  absl::Status failure_;
  std::string stopped_;
  std::optional<Follower> follower_;
};

TEST_F(FollowerTest, WhoWantsToBeCalledAgainIsThoughNothingComes) {
  again_ = absl::Milliseconds(1);
  Follow();
  WaitUntil([this] { return calls_ >= 3; });
}

TEST_F(FollowerTest, WhatComesIsWorkedOffWithoutBeingAskedFor) {
  Follow();
  WaitFor(Append());
  WaitFor(Append());
}

TEST_F(FollowerTest, WhoAsksIsWorkedFor) {
  Follow();
  for (int i = 0; i < 50; ++i) {
    const Position position = Append();
    follower_->Ask(position);
    WaitFor(position);
  }
}

TEST_F(FollowerTest, WhatIsAskedForAndDoesNotComeKeepsNobodyBusy) {
  Follow();
  WaitFor(Append());
  follower_->Ask({9});
  const Position second = Append();
  WaitFor(second);
  follower_.reset();
  // The first look, one for each event, and one that may have come between.
  EXPECT_LE(calls_, 4);
}

TEST_F(FollowerTest, APassingErrorIsTriedAgain) {
  failure_ = absl::UnavailableError("later");
  Follow();
  WaitFor(Append());
  EXPECT_EQ(stopped_, "");
}

TEST_F(FollowerTest, AnyOtherErrorEndsTheWork) {
  failure_ = absl::DataLossError("gone");
  Follow();
  WaitUntil([&] { return stopped_ == "gone"; });
  follower_->Ask({1});
  follower_.reset();
  EXPECT_EQ(calls_, 1);
}

TEST_F(FollowerTest, ItEndsWhileItRests) {
  Follow();
  WaitUntil([&] { return calls_ == 1; });
  follower_.reset();
  EXPECT_EQ(calls_, 1);
}

}  // namespace
}  // namespace mlup::projections
