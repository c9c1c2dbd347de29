// A relay between a log in memory and a receiver that misbehaves.
#include "services/relay/relay.h"

#include <algorithm>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/limits.h"
#include "eventstore/base/simulated_files.h"
#include "eventstore/base/status.h"
#include "eventstore/log/memory_event_log.h"
#include "eventstore/log/test_appends.h"

namespace mlup::relay {
namespace {

using Kind = Outcome::Kind;

// Shows everything but the events that are hidden, as of now.
class FakeFeeds final : public sharing::FeedSource {
 public:
  explicit FakeFeeds(log::EventLog& log) : log_(log) {}

  absl::StatusOr<std::string> Authenticate(std::string_view) const override {
    return Error(absl::StatusCode::kUnauthenticated, "TOKEN_UNKNOWN", "nobody calls");
  }
  absl::StatusOr<sharing::v1::Subscriber> Find(std::string_view) const override {
    return sharing::v1::Subscriber();
  }
  std::vector<sharing::v1::Subscriber> All() const override { return {}; }
  absl::Status Holds(const sharing::v1::Subscriber&) const override { return absl::OkStatus(); }

  absl::StatusOr<std::unique_ptr<sharing::Feed>> Open(std::string_view,
                                                      log::v1::SubscribeRequest request) override {
    if (!refusal_.ok()) return refusal_;
    return std::make_unique<Reader>(*this, request.after_position());
  }

  absl::StatusOr<std::vector<log::v1::Record>> Filter(std::string_view,
                                                      std::vector<log::v1::Record> records,
                                                      log::v1::Direction) override {
    std::vector<log::v1::Record> shown;
    for (log::v1::Record& record : records) {
      if (hidden_.count(record.position()) == 0) shown.push_back(std::move(record));
    }
    return shown;
  }

  void Hide(std::uint64_t position) { hidden_.insert(position); }
  void Refuse(absl::Status refusal) { refusal_ = std::move(refusal); }

 private:
  class Reader final : public sharing::Feed {
   public:
    Reader(FakeFeeds& feeds, std::uint64_t after) : feeds_(feeds), after_(after) {}

    absl::StatusOr<sharing::FeedStep> Next(absl::Duration) override {
      if (!feeds_.refusal_.ok()) return feeds_.refusal_;
      log::v1::ReadAllRequest request;
      request.set_from_position(after_ + 1);
      request.set_limit(16);
      ASSIGN_OR_RETURN(const log::v1::ReadAllResponse page, feeds_.log_.ReadAll(request));
      sharing::FeedStep step;
      for (const log::v1::Record& record : page.records()) after_ = record.position();
      ASSIGN_OR_RETURN(step.records,
                       feeds_.Filter("", {page.records().begin(), page.records().end()}, {}));
      step.position = {after_};
      step.history = after_ * 31;
      step.caught_up = after_ == page.head();
      return step;
    }

   private:
    FakeFeeds& feeds_;
    std::uint64_t after_;
  };

  log::EventLog& log_;
  std::set<std::uint64_t> hidden_;
  absl::Status refusal_;
};

// What the receiver got, and how it answers. Outlives its senders.
struct Receiver {
  std::function<Outcome(const Parcel&)> answer = [](const Parcel&) { return Outcome(); };
  std::vector<Parcel> taken;
  // Answers stay out while it hangs.
  bool hangs = false;
  std::size_t most_at_once = 0;
};

class FakeSender final : public Sender {
 public:
  explicit FakeSender(Receiver& receiver) : receiver_(receiver) {}

  std::string_view path() const override { return "webhook"; }
  std::size_t capacity() const override { return 4; }
  void Start(Parcel parcel) override {
    for (const Parcel& other : flying_) {
      EXPECT_NE(other.event.subject, parcel.event.subject) << "two of one stream at a time";
    }
    flying_.push_back(std::move(parcel));
    receiver_.most_at_once = std::max(receiver_.most_at_once, flying_.size());
  }
  std::vector<Outcome> Wait(absl::Duration) override {
    std::vector<Outcome> outcomes;
    if (receiver_.hangs) return outcomes;
    for (Parcel& parcel : flying_) {
      Outcome outcome = receiver_.answer(parcel);
      outcome.position = parcel.position;
      if (outcome.kind == Kind::kDelivered) receiver_.taken.push_back(std::move(parcel));
      outcomes.push_back(std::move(outcome));
    }
    flying_.clear();
    return outcomes;
  }
  void Wake() override {}
  Outcome Ping(const std::string&) override { return {}; }

 private:
  Receiver& receiver_;
  std::vector<Parcel> flying_;
};

Outcome Answer(Kind kind, std::optional<absl::Duration> retry_after = {}) {
  return {.position = {}, .kind = kind, .retry_after = retry_after, .because = "answered so"};
}

class RelayTest : public testing::Test {
 protected:
  void SetUp() override { Start(); }

  void Start(DeliveryQueue::Options options = {}) {
    relay_.reset();
    auto state = RelayState::Open(files_, "/relays/partner", {}, options);
    ASSERT_TRUE(state.ok()) << state.status();
    relay_ = std::make_unique<Relay>("partner", std::make_unique<FakeSender>(receiver_),
                                     *std::move(state),
                                     Relay::Parts{feeds_, log_, board_, clock_, random_});
  }

  // Streams are numbered.
  void Append(int stream, int count = 1) {
    log::v1::AppendRequest request = appends_.Empty();
    while (static_cast<int>(streams_.size()) <= stream) streams_.push_back(appends_.Stream());
    log::v1::StreamWrite& write = *request.add_writes();
    write.set_stream(streams_[static_cast<std::size_t>(stream)]);
    for (int i = 0; i < count; ++i)
      *write.add_events() = appends_.Event("mlup.cases.v1.NoteRecorded", 0);
    ASSERT_TRUE(log_.Append(request).ok());
  }

  void Turns(int count, absl::Duration step = absl::Milliseconds(200)) {
    for (int i = 0; i < count; ++i) {
      relay_->Turn();
      clock_.Advance(step);
    }
  }

  std::vector<std::uint64_t> Taken() const {
    std::vector<std::uint64_t> positions;
    for (const Parcel& parcel : receiver_.taken) positions.push_back(parcel.position.value);
    return positions;
  }

  absl::Status Do(bool when_idle, std::function<absl::Status(RelayState&)> errand) {
    const std::jthread turning([this](const std::stop_token& stop) { relay_->Run(stop); });
    return relay_->Do(when_idle, std::move(errand));
  }

  sharing::PathStatus Status() {
    Turns(2);
    return board_.All().at(0);
  }

  ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  SeededRandom random_{11};
  SimulatedFiles files_;
  log::MemoryEventLog log_{clock_};
  log::Appends appends_{3};
  FakeFeeds feeds_{log_};
  sharing::StatusBoard board_{clock_};
  Receiver receiver_;
  std::vector<std::string> streams_;
  std::unique_ptr<Relay> relay_;
};

TEST_F(RelayTest, DeliversAllOnceAndSaysSo) {
  for (int stream = 0; stream < 3; ++stream) Append(stream, 10);
  Turns(30);
  EXPECT_EQ(Taken().size(), 30U);
  const sharing::PathStatus status = Status();
  EXPECT_EQ(status.state, sharing::PathState::kLive);
  EXPECT_EQ(status.position, Position{30});
  EXPECT_EQ(status.delivered, 30U);
}

TEST_F(RelayTest, StreamsGoSideBySideWithinTheCapacity) {
  for (int stream = 0; stream < 10; ++stream) Append(stream);
  Turns(10);
  EXPECT_EQ(receiver_.most_at_once, 4U);
}

TEST_F(RelayTest, ARestartDeliversWhatWasInFlightAgainAndNothingElse) {
  Append(0, 3);
  receiver_.hangs = true;
  Turns(2);
  receiver_.hangs = false;
  Start();
  Turns(10);
  Start();
  Turns(10);
  EXPECT_THAT(Taken(), testing::ElementsAre(1, 2, 3));
}

TEST_F(RelayTest, ARefusedEventHoldsItsStreamUntilAPersonDecides) {
  Start({.tries_max = 2});
  Append(0, 2);
  Append(1, 2);
  receiver_.answer = [](const Parcel& parcel) {
    return parcel.position == Position{1} ? Answer(Kind::kRefused) : Outcome();
  };
  Turns(60);
  EXPECT_THAT(Taken(), testing::ElementsAre(3, 4));
  EXPECT_EQ(Status().dead_letters, 1U);
  receiver_.answer = [](const Parcel&) { return Outcome(); };
  Start({.tries_max = 2});
  EXPECT_EQ(Status().dead_letters, 1U) << "it survives a restart";
  EXPECT_TRUE(Do(false, [](RelayState& state) { return state.Revive({}).status(); }).ok());
  Turns(5);
  EXPECT_THAT(Taken(), testing::ElementsAre(3, 4, 1, 2));
}

TEST_F(RelayTest, AnEventThatWaitedIsDecidedAboutAgain) {
  Append(0, 3);
  receiver_.answer = [](const Parcel&) { return Answer(Kind::kUnavailable); };
  Turns(20);
  feeds_.Hide(2);
  receiver_.answer = [](const Parcel&) { return Outcome(); };
  Turns(1, absl::Minutes(10));
  Turns(10);
  EXPECT_THAT(Taken(), testing::ElementsAre(1, 3));
}

TEST_F(RelayTest, WhatWaitsForAMomentIsDecidedAboutAgainWhenSomethingWasRecorded) {
  Append(0, 2);
  receiver_.hangs = true;
  Turns(2, absl::ZeroDuration());
  feeds_.Hide(2);
  Append(1);
  receiver_.hangs = false;
  Turns(5, absl::ZeroDuration());
  EXPECT_THAT(Taken(), testing::ElementsAre(1, 3));
}

TEST_F(RelayTest, AReceiverThatIsDownIsProbedNowAndThenAndNothingDies) {
  for (int stream = 0; stream < 6; ++stream) Append(stream, 2);
  int tries = 0;
  receiver_.answer = [&tries](const Parcel&) {
    ++tries;
    return Answer(Kind::kUnavailable);
  };
  Turns(3 * 24 * 60, absl::Minutes(1));
  EXPECT_LT(tries, 3 * 24 * 60 + 100);
  EXPECT_EQ(Status().dead_letters, 0U);
  EXPECT_EQ(Status().state, sharing::PathState::kRetrying);
  receiver_.answer = [](const Parcel&) { return Outcome(); };
  Turns(20, absl::Minutes(1));
  EXPECT_EQ(Taken().size(), 12U);
}

TEST_F(RelayTest, RetryAfterIsHonoured) {
  Append(0);
  Append(1);
  int tries = 0;
  receiver_.answer = [&tries](const Parcel&) {
    ++tries;
    return Answer(Kind::kUnavailable, absl::Minutes(3));
  };
  Turns(1);
  const int first = tries;
  Turns(170, absl::Seconds(1));
  EXPECT_EQ(tries, first);
  Turns(20, absl::Seconds(1));
  EXPECT_GT(tries, first);
}

TEST_F(RelayTest, GoneStopsItWithWords) {
  Append(0, 2);
  int tries = 0;
  receiver_.answer = [&tries](const Parcel&) {
    ++tries;
    return Answer(Kind::kGone);
  };
  Turns(50, absl::Minutes(1));
  EXPECT_EQ(tries, 1);
  EXPECT_EQ(Status().state, sharing::PathState::kStopped);
  EXPECT_EQ(Status().because, "answered so");
  receiver_.answer = [](const Parcel&) { return Outcome(); };
  relay_->Ping("id");
  Turns(5);
  EXPECT_THAT(Taken(), testing::ElementsAre(1, 2));
}

TEST_F(RelayTest, AnEndedAgreementStopsItWithWordsUntilItIsRenewed) {
  Append(0);
  Turns(3);
  feeds_.Refuse(Error(absl::StatusCode::kFailedPrecondition, "AGREEMENT_EXPIRED", "ended"));
  Append(0);
  EXPECT_EQ(Status().state, sharing::PathState::kStopped);
  EXPECT_THAT(Status().because, testing::HasSubstr("AGREEMENT_EXPIRED"));
  feeds_.Refuse(absl::OkStatus());
  Turns(20, absl::Seconds(2));
  EXPECT_THAT(Taken(), testing::ElementsAre(1, 2));
  EXPECT_EQ(Status().state, sharing::PathState::kLive);
}

TEST_F(RelayTest, AnEventThatCannotBeWrittenIsSetAside) {
  log::v1::AppendRequest request = appends_.Empty();
  log::v1::StreamWrite& write = *request.add_writes();
  write.set_stream(appends_.Stream());
  *write.add_events() = appends_.Event("mlup.test.v1.Unknown", 0);
  ASSERT_TRUE(log_.Append(request).ok());
  Append(0);
  Turns(5);
  EXPECT_THAT(Taken(), testing::ElementsAre(2));
  EXPECT_EQ(Status().dead_letters, 1U);
}

TEST_F(RelayTest, ReplayFromAPositionDeliversAgain) {
  Append(0, 3);
  Turns(10);
  EXPECT_TRUE(Do(true, [](RelayState& state) { return state.Rewind({1}); }).ok());
  Turns(10);
  EXPECT_THAT(Taken(), testing::ElementsAre(1, 2, 3, 2, 3));
}

TEST_F(RelayTest, AFullDiskOnlyDelays) {
  Append(0, 3);
  files_.FailAfter(1, SimulatedFiles::Fault::kDiskFull);
  Turns(20, absl::Seconds(1));
  EXPECT_THAT(Taken(), testing::ElementsAre(1, 2, 3));
}

// Goal: nothing is lost, and nothing of a stream overtakes anything of it, whatever the receiver
// does and whenever the power goes. Method: random appends, answers and cuts; then all goes well,
// dead letters are replayed, and everything must have arrived with first arrivals in order.
TEST_F(RelayTest, NoMisfortuneLosesOrReordersWithinAStream) {
  std::set<std::uint64_t> arrived;
  std::map<std::string, std::uint64_t> last;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom dice(seed);
    receiver_.answer = [&dice](const Parcel&) {
      switch (dice.Next() % 8) {
        case 0:
          return Answer(Kind::kUnavailable);
        case 1:
          return Answer(Kind::kFailing);
        case 2:
          return Answer(Kind::kRefused);
        default:
          return Outcome();
      }
    };
    for (int i = 0; i < 60; ++i) {
      Append(static_cast<int>(dice.Next() % 6), 1 + static_cast<int>(dice.Next() % 3));
      Turns(static_cast<int>(dice.Next() % 4), absl::Milliseconds(dice.Next() % 3000));
      receiver_.hangs = dice.Next() % 10 == 0;
      if (dice.Next() % 12 == 0) {
        relay_.reset();
        files_.PowerCut(dice.Next());
        Start({.tries_max = 2});
      }
    }
    receiver_.hangs = false;
    receiver_.answer = [](const Parcel&) { return Outcome(); };
    Turns(30, absl::Minutes(1));
    EXPECT_TRUE(Do(false, [](RelayState& state) { return state.Revive({}).status(); }).ok());
    Turns(100, absl::Seconds(1));
    for (const Parcel& parcel : receiver_.taken) {
      if (!arrived.insert(parcel.position.value).second) continue;
      EXPECT_GT(parcel.position.value, last[parcel.event.subject]);
      last[parcel.event.subject] = parcel.position.value;
    }
    receiver_.taken.clear();
    EXPECT_EQ(arrived.size(), log_.Head()->value);
  }
}

}  // namespace
}  // namespace mlup::relay
