// A start looks at what follows the mark; the rest is verified while the log serves.
#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "eventstore/journal/reader.h"
#include "eventstore/log/log_state.h"
#include "eventstore/log/start_up_fixture.h"

namespace mlup::log {
namespace {

// A start reads the journal from the place that the state names; what is before it is read while
// the log serves.
class BoundedStartTest : public StartUpTest {
 protected:
  // Waits, at most some seconds, until the log has told of damage.
  std::string DamageTold() {
    for (int i = 0; i < 200 && told_.load() == 0; ++i) {
      EXPECT_TRUE(log->WaitPast(*log->Head(), absl::Milliseconds(20)).ok());
    }
    return told_.load() == 0 ? "" : "told";
  }
  void Watch() {
    log_options.on_failure = [this](const absl::Status&) { ++told_; };
  }
  // The journal's first frame changes.
  void DamageTheBeginning() {
    Change(JournalSet() + "/" + journal::SegmentName(1),
           [](std::string& bytes) { bytes[journal::kSegmentHeaderBytes + 70] ^= 1; });
  }
  std::atomic<int> told_ = 0;
};

TEST_F(BoundedStartTest, DamageBeforeTheMarkIsFoundWhileItServesAndRepairedByTheNextStart) {
  Watch();
  Begin(40);
  Close();
  DamageTheBeginning();
  EXPECT_EQ(ExamineLog(places)->verdict->repair, Repair::kRewriteJournal);
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(repair(), Repair::kNone);
  ExpectEverything();
  EXPECT_EQ(DamageTold(), "told");
  OpensWith(Repair::kRewriteJournal);
}

TEST_F(BoundedStartTest, WhatFollowsTheMarkIsReadAtTheStart) {
  Begin(40);
  Close();
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append(10).ok());
  Kill();
  const auto scan = journal::ScanJournal(disk, places.journal,
                                         [](const auto&, const auto&) { return absl::OkStatus(); });
  Change(LastSegment(), [&](std::string& bytes) { bytes[scan->offset - 300] ^= 1; });
  OpensWith(Repair::kRewriteJournal);
}

TEST_F(BoundedStartTest, AMarkThatDoesNotFitIsNotBelieved) {
  Begin(40);
  Close();
  LogState state = *ReadLogState(disk, StatePath(places));
  ASSERT_EQ(state.verified.head, Position{40});
  const LogState good = state;
  const std::vector<std::function<void(journal::Place&)>> lies = {
      [](journal::Place& place) { place.offset += 8; },
      [](journal::Place& place) { place.segment += 1; },
      [](journal::Place& place) { place.head = {41}; },
      [](journal::Place& place) { place.folder = "000002"; },
      [](journal::Place& place) { place.head_hash[3] ^= 1; },
      [](journal::Place& place) { place.checksum[3] ^= 1; }};
  for (const auto& lie : lies) {
    state = good;
    lie(state.verified);
    ASSERT_TRUE(WriteLogState(disk, StatePath(places), state).ok());
    ASSERT_TRUE(Open().ok());
    ExpectEverything();
    ASSERT_TRUE(Append(1).ok());
    Close();
    ASSERT_TRUE(Open().ok());
    ExpectEverything();
    Close();
    state = *ReadLogState(disk, StatePath(places));
    EXPECT_EQ(ExamineLog(places)->verdict->repair, Repair::kNone);
  }
}

TEST_F(BoundedStartTest, AnEarlierSegmentThatIsGoneOrShortIsSeenAtOnce) {
  Begin(3);
  ASSERT_TRUE(Append(12, 1, 200'000).ok());
  Close();
  ASSERT_GT(Find(JournalSet(), ".seg").size(), 2u);
  const std::string first = JournalSet() + "/" + journal::SegmentName(1);
  Change(first, [](std::string& bytes) { bytes.resize(bytes.size() - 512); });
  OpensWith(Repair::kRewriteJournal);
  Close();
  ASSERT_TRUE(disk.Remove(JournalSet() + "/" + journal::SegmentName(1)).ok());
  OpensWith(Repair::kRewriteJournal);
}

}  // namespace
}  // namespace mlup::log
