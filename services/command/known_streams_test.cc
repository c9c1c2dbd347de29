// What is known of streams: read once, followed, bounded, never changed under a reader, and thrown
// away when the log turns out to be another one.
#include "services/command/known_streams.h"

#include "gtest/gtest.h"

#include "services/command/test_requests.h"
#include "services/command/test_world.h"

namespace mlup::command::known_streams_test {
namespace {

class KnownStreamsTest : public testing::Test {
 protected:
  void Record(const std::string& id, const std::vector<std::string>& facts) {
    const auto result = world_.others().Record(CaseRequest(id, facts));
    ASSERT_TRUE(result.ok()) << result.status();
  }
  // Records of streams that are read from the log from now on.
  void CountReads() {
    world_.log().before_read = [this] { ++reads_; };
  }
  static domain::LiveEvent Event(const std::string& stream, const std::string& id) {
    domain::LiveEvent event;
    event.info = {id, stream, "staff-sw-1", {}};
    event.type = "mlup.cases.v1.CaseTeleported";
    return event;
  }
  static std::vector<domain::LiveEvent> Events(const std::string& stream, int count) {
    std::vector<domain::LiveEvent> events;
    events.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) events.push_back(Event(stream, absl::StrCat("e", i)));
    return events;
  }

  TestWorld world_;
  int reads_ = 0;
};

TEST_F(KnownStreamsTest, OnlyWhatIsNewIsRead) {
  KnownStreams known(world_.log());
  EXPECT_EQ(known.Find(Person(kSok)), nullptr);
  Record("r", {Registered(kSok), Note(kSok)});
  const auto first = *known.Read(Person(kSok));
  EXPECT_EQ(first->revision(), (Revision{2}));
  EXPECT_EQ(known.Find(Person(kSok)), first);

  Record("n", {Note(kSok)});
  EXPECT_EQ(known.Find(Person(kSok))->revision(), (Revision{2}));
  EXPECT_EQ((*known.Read(Person(kSok)))->revision(), (Revision{3}));
  EXPECT_EQ(known.Find(Person(kSok))->revision(), (Revision{3}));
}

TEST_F(KnownStreamsTest, AStreamWithoutEventsIsNotKept) {
  KnownStreams known(world_.log());
  EXPECT_EQ((*known.Read(Person(kSok)))->size(), 0u);
  EXPECT_EQ(known.Find(Person(kSok)), nullptr);
}

TEST_F(KnownStreamsTest, WhatOneReadsStaysAsItIs) {
  KnownStreams known(world_.log());
  known.Follow("case/a", {0}, Events("case/a", 2));
  const auto read = known.Find("case/a");
  known.Follow("case/a", {2}, {Event("case/a", "e9")});
  EXPECT_EQ(read->revision(), (Revision{2}));
  EXPECT_EQ(read->Find("e9"), nullptr);
  const auto now = known.Find("case/a");
  EXPECT_EQ(now->revision(), (Revision{3}));
  EXPECT_NE(now->Find("e9"), nullptr);
}

TEST_F(KnownStreamsTest, WithoutReadersNothingIsCopied) {
  KnownStreams known(world_.log());
  known.Follow("case/a", {0}, Events("case/a", 2));
  const domain::StreamHistory* const before = known.Find("case/a").get();
  known.Follow("case/a", {2}, {Event("case/a", "e9")});
  EXPECT_EQ(known.Find("case/a").get(), before);
}

TEST_F(KnownStreamsTest, WhatDoesNotFollowIsPassedOver) {
  KnownStreams known(world_.log());
  known.Follow("case/a", {3}, {Event("case/a", "e9")});
  EXPECT_EQ(known.Find("case/a"), nullptr);
  known.Follow("case/a", {0}, Events("case/a", 2));
  known.Follow("case/a", {1}, {Event("case/a", "e9")});
  known.Follow("case/a", {3}, {Event("case/a", "e9")});
  known.Follow("case/a", {0}, {Event("case/a", "e9")});
  EXPECT_EQ(known.Find("case/a")->revision(), (Revision{2}));
}

TEST_F(KnownStreamsTest, TheStreamsUsedLastAreKept) {
  KnownStreams known(world_.log(), {.streams_max = 2, .bytes_max = 1 << 20});
  known.Follow("case/a", {0}, Events("case/a", 1));
  known.Follow("case/b", {0}, Events("case/b", 1));
  EXPECT_NE(known.Find("case/a"), nullptr);
  known.Follow("case/c", {0}, Events("case/c", 1));
  EXPECT_NE(known.Find("case/a"), nullptr);
  EXPECT_EQ(known.Find("case/b"), nullptr);
  EXPECT_NE(known.Find("case/c"), nullptr);
}

TEST_F(KnownStreamsTest, TheyTakeNoMoreThanTheyMay) {
  KnownStreams known(world_.log(), {.streams_max = 100, .bytes_max = 20'000});
  known.Follow("case/a", {0}, Events("case/a", 10));
  known.Follow("case/b", {0}, Events("case/b", 10));
  EXPECT_NE(known.Find("case/a"), nullptr);
  // Longer than there is room: it goes too.
  known.Follow("case/a", {10}, Events("case/a", 100));
  EXPECT_EQ(known.Find("case/a"), nullptr);
  EXPECT_EQ(known.Find("case/b"), nullptr);
  known.Follow("case/c", {0}, Events("case/c", 10));
  EXPECT_NE(known.Find("case/c"), nullptr);
}

TEST_F(KnownStreamsTest, AReplacedLogIsReadFromTheBeginning) {
  Record("r", {Registered(kSok), Note(kSok)});
  KnownStreams known(world_.log());
  known.Follow(Person(kSok), {0}, Events(Person(kSok), 2));
  known.Follow("case/a", {0}, Events("case/a", 1));
  const auto read = *known.Read(Person(kSok));
  EXPECT_EQ(read->revision(), (Revision{2}));
  EXPECT_EQ(read->At(0).type, "mlup.cases.v1.PersonRegistered");
  EXPECT_EQ(known.Find("case/a"), nullptr) << "of the others nothing is sure either";

  known.Follow(Person(kSok), {2}, Events(Person(kSok), 1));
  EXPECT_EQ((*known.Read(Person(kSok)))->revision(), (Revision{2})) << "the log is shorter";
}

TEST_F(KnownStreamsTest, ACommandOnAKnownStreamAsksTheLogOnlyToAppend) {
  ASSERT_TRUE(world_.commands().Record(CaseRequest("r", {Registered(kSok), Opened(kSok)})).ok());
  CountReads();
  ASSERT_TRUE(world_.commands().Record(CaseRequest("n", {Note(kSok)})).ok());
  ASSERT_TRUE(world_.commands().Record(CaseRequest("p", {Placed(kSok, kDara)})).ok());
  EXPECT_EQ(reads_, 0);
  EXPECT_EQ(ErrorReason(world_.commands().Record(CaseRequest("q", {Placed(kSok, kSok)})).status()),
            "PLACEMENT_OPEN");
  EXPECT_EQ(reads_, 1) << "a refusal rests on what was read";
}

TEST_F(KnownStreamsTest, ARefusalRestsOnWhatOthersRecorded) {
  ASSERT_TRUE(world_.commands().Record(CaseRequest("r", {Opened(kSok), Placed(kSok, kDara)})).ok());
  Record("e", {PlacementEnded(kSok, kDara)});
  const auto placed = world_.commands().Record(CaseRequest("p", {Placed(kSok, kSok)}));
  EXPECT_TRUE(placed.ok()) << placed.status();
  Record("e-2", {PlacementEnded(kSok, kSok)});
  pb::RecordRequest trial = CaseRequest("t", {PlacementEnded(kSok, kSok)});
  trial.set_validate_only(true);
  EXPECT_EQ(ErrorReason(world_.commands().Record(trial).status()), "PLACEMENT_NOT_OPEN");
}

}  // namespace
}  // namespace mlup::command::known_streams_test
