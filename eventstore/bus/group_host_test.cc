// Durable groups over a log: what consumers get, what survives, and what people are told.
#include <algorithm>

#include "gmock/gmock.h"

#include "eventstore/base/status.h"
#include "eventstore/bus/group_file.h"
#include "eventstore/bus/group_test_world.h"

namespace mlup::log {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(GroupHostTest, ConsumersShareAGroupAndWhatIsAcknowledgedDoesNotComeAgain) {
  ASSERT_TRUE(host_->Create(Named("letters")).ok());
  for (int i = 0; i < 6; ++i) Append(appends_.Stream());
  Append("system/x");
  Seen ann;
  Seen ben;
  auto a = Connect("letters", ann.Options());
  auto b = Connect("letters", ben.Options());
  Run();
  EXPECT_THAT(ann.positions, ElementsAre(1, 3, 5));
  EXPECT_THAT(ben.positions, ElementsAre(2, 4, 6));
  EXPECT_EQ(a->Ack(ann.Take()), 3u);
  EXPECT_EQ(host_->Get("letters")->checkpoint, Position{1});
  Pass(absl::Milliseconds(100));
  Crash();
  Seen after;
  auto c = Connect("letters", after.Options());
  Run();
  EXPECT_THAT(after.positions, ElementsAre(2, 4, 6)) << "system events are not among them";
  c->Ack(after.Take());
  const GroupStatus status = *host_->Get("letters");
  EXPECT_EQ(status.condition, GroupCondition::kLive);
  EXPECT_EQ(status.lag, 0u);
  EXPECT_EQ(status.answered, 3u);
}

TEST_F(GroupHostTest, WhatWasNotSavedIsDeliveredAgain) {
  ASSERT_TRUE(host_->Create(Named("g")).ok());
  Append(appends_.Stream());
  Seen seen;
  auto consumer = Connect("g", seen.Options());
  Pass(absl::Seconds(1));
  consumer->Ack(seen.Take());
  Crash();
  consumer = Connect("g", seen.Options());
  Run();
  EXPECT_THAT(seen.positions, ElementsAre(1));
}

TEST_F(GroupHostTest, GroupsAreMadeChangedAndDeletedDurably) {
  GroupDefinition definition = Named("cases");
  definition.owner = "ministry";
  definition.target.filter.add_categories("case");
  definition.settings.face_data = "links";
  definition.settings.rules.strategy = Strategy::kPinned;
  ASSERT_TRUE(host_->Create(definition).ok());
  EXPECT_EQ(ErrorReason(host_->Create(definition)), "GROUP_EXISTS");
  Crash();
  GroupStatus status = *host_->Get("cases");
  EXPECT_EQ(status.definition.owner, "ministry");
  EXPECT_EQ(status.definition.settings.face_data, "links");
  EXPECT_EQ(status.definition.settings.rules.strategy, Strategy::kPinned);
  EXPECT_EQ(status.definition.target.filter.categories(0), "case");

  Seen seen;
  auto consumer = Connect("cases", seen.Options());
  GroupSettings settings = status.definition.settings;
  settings.consumers_max = 1;
  ASSERT_TRUE(host_->Update("cases", settings, std::nullopt).ok());
  EXPECT_EQ(ErrorReason(seen.ended), "GROUP_CHANGED");
  consumer = Connect("cases", seen.Options());
  EXPECT_EQ(ErrorReason(host_->Connect("cases", seen.Options()).status()), "CONSUMERS_FULL");
  Crash();
  EXPECT_EQ(host_->Get("cases")->definition.settings.consumers_max, 1u);
  consumer = Connect("cases", seen.Options());
  ASSERT_TRUE(host_->Delete("cases").ok());
  EXPECT_EQ(ErrorReason(seen.ended), "GROUP_DELETED");
  EXPECT_EQ(ErrorReason(host_->Get("cases").status()), "GROUP_UNKNOWN");
  Crash();
  EXPECT_EQ(host_->List().size(), 0u);
}

TEST_F(GroupHostTest, BadDefinitionsAreRefusedWithTheirField) {
  GroupDefinition definition = Named("");
  EXPECT_EQ(ErrorField(host_->Create(definition)), "name");
  definition = Named("g\xff");
  EXPECT_EQ(ErrorField(host_->Create(definition)), "name");
  definition = Named("g");
  definition.target.filter.add_places("123");
  EXPECT_EQ(ErrorField(host_->Create(definition)), "target.filter.places[0]");
  definition = Named("g");
  definition.start.revision = Revision{1};
  EXPECT_EQ(ErrorField(host_->Create(definition)), "start.from_revision");
  definition.start.from_end = true;
  EXPECT_EQ(ErrorField(host_->Create(definition)), "start");
  definition = Named("g");
  definition.settings.rules.in_flight_max = 0;
  EXPECT_EQ(ErrorField(host_->Create(definition)), "settings.in_flight_max");
  definition = Named("g");
  definition.start.after = Position{7};
  EXPECT_EQ(ErrorReason(host_->Create(definition)), "POSITION_PAST_HEAD");
  EXPECT_EQ(ErrorReason(host_->Connect("none", Seen().Options()).status()), "GROUP_UNKNOWN");
  EXPECT_EQ(ErrorField(host_->Connect("none", Seen().Options(0)).status()), "credits");
}

TEST_F(GroupHostTest, AGroupOnOneStreamCountsItsRevisions) {
  const std::string stream = appends_.Stream();
  for (int i = 0; i < 5; ++i) {
    Append(stream);
    Append(appends_.Stream());
  }
  GroupDefinition definition = Named("one");
  definition.target.stream = stream;
  definition.start.revision = Revision{3};
  ASSERT_TRUE(host_->Create(definition).ok());
  Seen seen;
  auto consumer = Connect("one", seen.Options());
  Run();
  EXPECT_THAT(seen.positions, ElementsAre(5)) << "in order: the next after an acknowledgement";
  consumer->Ack(seen.Take());
  Pass(absl::Seconds(1));
  EXPECT_THAT(seen.positions, ElementsAre(7));
  GroupStatus status = *host_->Get("one");
  EXPECT_EQ(status.checkpoint_revision, Revision{3});
  EXPECT_EQ(status.last_revision, Revision{5});
  EXPECT_EQ(status.lag, 2u);
  Crash();
  consumer = Connect("one", seen.Options());
  seen.Take();
  Run();
  EXPECT_THAT(seen.positions, ElementsAre(7));
  consumer->Ack(seen.Take());
  Run();
  consumer->Ack(seen.Take());
  Append(stream);
  Run();
  EXPECT_THAT(seen.positions, ElementsAre(11));

  definition = Named("later");
  definition.target.stream = stream;
  definition.start.after = Position{7};
  ASSERT_TRUE(host_->Create(definition).ok());
  Seen later;
  const auto other = Connect("later", later.Options());
  Run();
  EXPECT_THAT(later.positions, ElementsAre(9));
}

TEST_F(GroupHostTest, StartingAtTheEndDeliversOnlyWhatComes) {
  Append(appends_.Stream(), 3);
  GroupDefinition definition = Named("g");
  definition.start.from_end = true;
  ASSERT_TRUE(host_->Create(definition).ok());
  Append(appends_.Stream());
  Seen seen;
  auto consumer = Connect("g", seen.Options());
  Run();
  EXPECT_THAT(seen.positions, ElementsAre(4));
  consumer->Ack(seen.Take());
  ASSERT_TRUE(host_->Update("g", {}, GroupStart{.after = Position{2}}).ok());
  consumer = Connect("g", seen.Options());
  Run();
  EXPECT_THAT(seen.positions, ElementsAre(3, 4)) << "begun anew";
}

TEST_F(GroupHostTest, ParkedEventsAreListedReplayedAndSkipped) {
  ASSERT_TRUE(host_->Create(Named("g")).ok());
  for (int i = 0; i < 3; ++i) Append(appends_.Stream());
  Seen seen;
  auto consumer = Connect("g", seen.Options());
  Run();
  EXPECT_EQ(consumer->Nack(seen.Take(), NackAction::kPark, "no_such_code"), 3u);
  GroupStatus status = *host_->Get("g");
  EXPECT_EQ(status.parked, 3u);
  EXPECT_EQ(status.oldest_parked, clock_.Now());
  EXPECT_EQ(status.lag, 0u);
  ASSERT_EQ(host_->ListParked("g", {1}, 1)->size(), 1u);
  EXPECT_EQ(host_->ListParked("g", {1}, 1)->at(0).reason, "no_such_code");
  EXPECT_EQ(*host_->SkipParked("g", {{1}}), 1u);
  EXPECT_EQ(*host_->ReplayParked("g", {}, 1), 1u);
  Crash();
  consumer = Connect("g", seen.Options());
  Run();
  EXPECT_THAT(seen.positions, ElementsAre(2)) << "replaying and skipping were durable";
  EXPECT_EQ(host_->ListParked("g", {}, 10)->size(), 1u);
}

TEST_F(GroupHostTest, AConsumerThatDoesNotReadGetsOneBatchAndTheOthersGoOn) {
  ASSERT_TRUE(host_->Create(Named("g")).ok());
  Seen slow;
  slow.reads = false;
  Seen fast;
  auto a = Connect("g", slow.Options(300));
  auto b = Connect("g", fast.Options(300));
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 4; ++i) Append(appends_.Stream());
    Run();
    b->Ack(fast.Take());
  }
  EXPECT_EQ(slow.positions.size(), 2u);
  EXPECT_EQ(host_->Get("g")->in_flight, 2u);
  a->Continue();
  Append(appends_.Stream(), 1);
  Append(appends_.Stream(), 1);
  Run();
  EXPECT_EQ(slow.positions.size(), 3u);
}

TEST_F(GroupHostTest, ABatchEndsAtItsBytes) {
  ASSERT_TRUE(host_->Create(Named("g")).ok());
  for (int i = 0; i < 30; ++i) {
    pb::AppendRequest request = appends_.To(appends_.Stream(), 0);
    *request.mutable_writes(0)->add_events() = appends_.Event("mlup.test.v1.Noted", 250 << 10);
    ASSERT_TRUE(log_.Append(request).ok());
  }
  Seen seen;
  seen.reads = false;
  auto consumer = Connect("g", seen.Options());
  std::size_t all = 0;
  while (all < 30) {
    Run();
    ASSERT_LE(seen.positions.size(), 8u);
    ASSERT_GT(seen.positions.size(), 0u);
    all += seen.positions.size();
    EXPECT_THAT(seen.tries, testing::Each(0u));
    consumer->Ack(seen.Take());
    consumer->Continue();
  }
}

TEST_F(GroupHostTest, ThePolicyDecidesAboutEachRecord) {
  ASSERT_TRUE(host_->Create(Named("g")).ok());
  for (int i = 0; i < 4; ++i) Append(appends_.Stream());
  Seen seen;
  ConsumerOptions options = seen.Options();
  absl::Status refusal = absl::UnavailableError("later");
  options.admit = [&](std::vector<pb::Record> records) -> absl::StatusOr<std::vector<pb::Record>> {
    if (!refusal.ok()) return refusal;
    records.erase(std::remove_if(records.begin(), records.end(),
                                 [](const pb::Record& r) { return r.position() % 2 == 0; }),
                  records.end());
    return records;
  };
  auto consumer = Connect("g", options);
  Run();
  EXPECT_THAT(seen.positions, IsEmpty());
  EXPECT_THAT(host_->Get("g")->reason, HasSubstr("later"));
  refusal = absl::OkStatus();
  Pass(absl::Seconds(1));
  EXPECT_THAT(seen.positions, ElementsAre(1, 3));
  consumer->Ack(seen.Take());
  EXPECT_EQ(host_->Get("g")->checkpoint, Position{4});

  refusal = Error(absl::StatusCode::kFailedPrecondition, "AGREEMENT_EXPIRED", "it has expired");
  Append(appends_.Stream());
  Run();
  EXPECT_EQ(ErrorReason(seen.ended), "AGREEMENT_EXPIRED");
  EXPECT_EQ(host_->Get("g")->reason, "no consumer is connected");
}

TEST_F(GroupHostTest, AGroupNeverStopsQuietly) {
  GroupDefinition definition = Named("g");
  definition.settings.rules.message_timeout = absl::ZeroDuration();
  ASSERT_TRUE(host_->Create(definition).ok());
  const auto reason = [&] { return host_->Get("g")->reason; };
  EXPECT_EQ(host_->Get("g")->condition, GroupCondition::kLive) << "nothing to do is no standstill";
  Append(appends_.Stream());
  EXPECT_EQ(reason(), "no consumer is connected");
  Seen seen;
  auto consumer = Connect("g", seen.Options());
  EXPECT_EQ(host_->Get("g")->condition, GroupCondition::kCatchingUp);
  Run();
  Pass(absl::Minutes(3));
  EXPECT_THAT(reason(), HasSubstr("position 1 has been without an acknowledgement for 180 s"));
  consumer->Nack(seen.Take(), NackAction::kStop, "schema_unknown");
  EXPECT_THAT(reason(), HasSubstr("stopped the group at position 1: schema_unknown"));
  ASSERT_TRUE(host_->Resume("g").ok());
  Run();
  consumer->Ack(seen.Take());
  EXPECT_EQ(reason(), "");
  seen.reads = false;
  Append(appends_.Stream());
  Run();
  consumer->Ack(seen.Take());
  Append(appends_.Stream());
  Run();
  Pass(absl::Minutes(3));
  EXPECT_THAT(reason(), HasSubstr("no consumer has taken anything for 180 s"));
  files_.FailAfter(1, SimulatedFiles::Fault::kDiskFull);
  EXPECT_FALSE(host_->Resume("g").ok());
  EXPECT_THAT(reason(), HasSubstr("its state cannot be saved"));
  Pass(absl::Seconds(1));
  EXPECT_EQ(reason(), "") << "saved at the next try, and resumed just now";
}

TEST_F(GroupHostTest, AnotherHistoryIsToldAndNotDelivered) {
  ASSERT_TRUE(host_->Create(Named("g")).ok());
  Append(appends_.Stream());
  Seen seen;
  auto consumer = Connect("g", seen.Options());
  Run();
  consumer->Ack(seen.Take());
  Pass(absl::Seconds(1));
  consumer.reset();
  host_.reset();

  MemoryEventLog other(clock_);
  ASSERT_TRUE(other.Append(appends_.To(appends_.Stream(), 2)).ok());
  auto host =
      *GroupHost::Open({other, files_, clock_}, {.folder = "/data/groups", .threads = false});
  auto elsewhere = *host->Connect("g", seen.Options());
  while (host->RunOnce()) {
  }
  EXPECT_THAT(seen.positions, IsEmpty());
  EXPECT_THAT(host->Get("g")->reason, HasSubstr("ANOTHER_HISTORY"));
  ASSERT_TRUE(host->Update("g", {}, GroupStart{}).ok());
  elsewhere = *host->Connect("g", seen.Options());
  while (host->RunOnce()) {
  }
  EXPECT_THAT(seen.positions, ElementsAre(1));
  elsewhere.reset();
}

TEST_F(GroupHostTest, ALogThatWasRolledBackIsToldEvenWithoutConsumers) {
  ASSERT_TRUE(host_->Create(Named("g")).ok());
  Append(appends_.Stream(), 5);
  Seen seen;
  auto consumer = Connect("g", seen.Options());
  Run();
  Pass(absl::Seconds(1));
  consumer.reset();
  host_.reset();
  MemoryEventLog shorter(clock_);
  ASSERT_TRUE(shorter.Append(appends_.To(appends_.Stream(), 2)).ok());
  auto host =
      *GroupHost::Open({shorter, files_, clock_}, {.folder = "/data/groups", .threads = false});
  while (host->RunOnce()) {
  }
  EXPECT_EQ(host->Get("g")->condition, GroupCondition::kStalled);
  EXPECT_THAT(host->Get("g")->reason, HasSubstr("POSITION_PAST_HEAD"));
  seen.Take();
  consumer = *host->Connect("g", seen.Options());
  while (host->RunOnce()) {
  }
  EXPECT_THAT(seen.positions, IsEmpty()) << "what it still held is of another log";
  consumer.reset();
}

TEST_F(GroupHostTest, ADamagedFileIsSetAsideAndTheOtherGroupsGoOn) {
  ASSERT_TRUE(host_->Create(Named("g")).ok());
  ASSERT_TRUE(host_->Create(Named("other")).ok());
  host_.reset();
  const std::string path = "/data/groups/" + GroupFileName("g");
  std::string bytes = *files_.ReadAll(path);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  ASSERT_TRUE(files_.Replace(path, bytes).ok());
  const auto host =
      GroupHost::Open({log_, files_, clock_}, {.folder = "/data/groups", .threads = false});
  ASSERT_TRUE(host.ok()) << host.status();
  EXPECT_EQ(ErrorReason((*host)->Get("g").status()), "GROUP_UNKNOWN");
  EXPECT_TRUE((*host)->Get("other").ok());
  EXPECT_EQ(*files_.ReadAll(path + ".damaged"), bytes);
  EXPECT_FALSE(*files_.Exists(path));
}

}  // namespace
}  // namespace mlup::log
