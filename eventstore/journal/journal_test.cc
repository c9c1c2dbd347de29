// The journal keeps what it synced, and its reader tells an unfinished end from damage.
#include <algorithm>
#include <functional>
#include <limits>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

#include "eventstore/base/random.h"
#include "eventstore/base/simulated_files.h"
#include "eventstore/base/status.h"
#include "eventstore/journal/reader.h"
#include "eventstore/journal/writer.h"

namespace mlup::journal {
namespace {

constexpr char kFolder[] = "/disk/journal";
const std::string kId = "0123456789abcdef";

class JournalTest : public testing::Test {
 protected:
  JournalTest() { Check(files_.MakeFolder("/disk")); }

  static void Check(const absl::Status& status) { ASSERT_TRUE(status.ok()) << status; }

  void Begin() {
    auto writer = Writer::Begin(files_, kFolder, kId);
    Check(writer.status());
    writer_ = *std::move(writer);
    Check(writer_->Publish());
    next_ = 1;
  }

  // Scans, and goes on where the journal ends.
  void Continue() {
    const Scan scan = Read();
    auto writer = Writer::Continue(files_, scan);
    Check(writer.status());
    writer_ = *std::move(writer);
    next_ = scan.head.value + 1;
  }

  // Bytes that do not compress, so that frames are as large as what is in them.
  static std::string RecordOf(std::uint64_t position, std::size_t bytes) {
    SeededRandom random(position);
    return std::to_string(position) + RandomBytes(random, bytes);
  }

  static std::string BlockOf(std::uint64_t first, std::uint32_t count, std::size_t bytes) {
    BlockBuilder block;
    block.AddKey("key" + std::to_string(first));
    for (std::uint32_t i = 0; i < count; ++i) {
      block.AddRecord(RecordOf(first + i, bytes));
    }
    return block.Finish();
  }

  absl::Status Write(std::uint32_t count = 1, std::size_t bytes = 700) {
    const std::string block = BlockOf(next_, count, bytes);
    RETURN_IF_ERROR(writer_->Reserve(block.size()));
    RETURN_IF_ERROR(writer_->Append({next_}, count, block));
    next_ += count;
    return absl::OkStatus();
  }

  Scan Read() {
    positions_.clear();
    auto scan = ScanJournal(files_, kFolder, [&](const Frame& frame, const Block& block) {
      EXPECT_EQ(block.records.size(), frame.count);
      EXPECT_EQ(block.keys.size(), 1u);
      for (std::uint64_t i = 0; i < frame.count; ++i) positions_.push_back(frame.first.value + i);
      EXPECT_TRUE(block.records.front().starts_with(std::to_string(frame.first.value)));
      return absl::OkStatus();
    });
    Check(scan.status());
    return *scan;
  }

  std::string Segment(std::uint64_t number) {
    return std::string(kFolder) + "/000001/" + SegmentName(number);
  }

  // Changes a file behind the journal's back.
  void Change(const std::string& path, const std::function<void(std::string&)>& change) {
    std::string bytes = *files_.ReadAll(path);
    change(bytes);
    Check(files_.Replace(path, bytes));
  }

  SimulatedFiles files_;
  std::unique_ptr<Writer> writer_;
  std::uint64_t next_ = 1;
  std::vector<std::uint64_t> positions_;
};

// The example of eventstore/README.md; computed apart from this program.
TEST(FormatTest, TheBytesAreThoseOfTheTable) {
  const SegmentHeader header = {kId, 1, kSegmentBytesMin, {1}, NoDigest()};
  EXPECT_EQ(absl::BytesToHexString(Encode(header)).substr(0, 160),
            "6d6c75704a524e32303132333435363738396162636465660000000000000001"
            "0000000000100000000000000000000100000000000000000000000000000000"
            "f91ec0eb3adbb70f77c68f86fb2b0dd5");
  BlockBuilder block;
  block.AddKey("\x03mror-1");
  block.AddRecord("<record>");
  const std::string payload = CompressBlock(block.Finish());
  EXPECT_EQ(absl::BytesToHexString(Encode(kId, {{1}, 1, NoDigest(), {}, payload})),
            "6d6c4a4600000019000000000000000100000001000000000000000000000000"
            "000000000000000048463666a5f34b7706f0bf974a88fff300000013f0040a08"
            "3c7265636f72643e1207036d726f722d3100000000000000");
}

// Both have a checksum that holds: whoever knows the id can compute it.
TEST(FormatTest, AFrameThatIsNeverWrittenIsNoneWhateverItsChecksumSays) {
  const std::string_view payload = "some bytes";
  constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max();
  const std::string last = Encode(kId, {{kLast}, 1, NoDigest(), {}, payload});
  EXPECT_TRUE(ParseFrame(kId, last).has_value());
  EXPECT_FALSE(ParseFrame(kId, Encode(kId, {{kLast}, 2, NoDigest(), {}, payload})).has_value());
  EXPECT_FALSE(ParseFrame(kId, Encode(kId, {{1}, 0, NoDigest(), {}, payload})).has_value());
  const std::string id(kIdBytes, 'j');
  // Four bytes that are always zero are 01380200; the rest as fuzzing found it.
  std::string reserved;
  ASSERT_TRUE(
      absl::Base64Unescape("bWxKRgAAAAAAAADuOGUSKkkwATgCAAsAtQAfArUAA/8GYTNjLTVhZsVehTj73N2jpjNKjS/"
                           "oRY1iMn2cIslp1GFOQLUAEVAAAA==",
                           &reserved));
  EXPECT_FALSE(ParseFrame(id, reserved).has_value());
}

TEST_F(JournalTest, WhatWasWrittenIsReadOverManySegments) {
  EXPECT_FALSE(Read().present);
  Begin();
  EXPECT_EQ(Read().head.value, 0u);
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(Write(static_cast<std::uint32_t>(1 + i % 3), 60'000).ok());
    if (i % 10 == 9) Continue();
  }
  ASSERT_TRUE(Write(1, 3 << 20).ok());  // larger than a segment would have been
  ASSERT_TRUE(Write().ok());
  const Scan scan = Read();
  EXPECT_FALSE(scan.Damaged() || scan.torn);
  EXPECT_EQ(scan.id, kId);
  EXPECT_EQ(scan.frames, 42u);
  EXPECT_GT(scan.segment.number, 3u);
  EXPECT_EQ(scan.head.value, next_ - 1);
  EXPECT_EQ(scan.head_hash, HashOf(RecordOf(next_ - 1, 700)));
  ASSERT_EQ(positions_.size(), next_ - 1);
  for (std::size_t i = 0; i < positions_.size(); ++i) EXPECT_EQ(positions_[i], i + 1);
}

TEST_F(JournalTest, AnUnfinishedLastFrameIsForgottenAndWrittenOver) {
  Begin();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Write().ok());
  const std::uint64_t end = Read().offset;
  for (const std::size_t at : {std::size_t{0}, std::size_t{30}, std::size_t{300}}) {
    Change(Segment(1), [&](std::string& bytes) {
      const std::string frame =
          Encode(kId, {{6}, 1, NoDigest(), {}, CompressBlock(BlockOf(6, 1, 900))});
      bytes.replace(end + at, frame.size() - at, frame, at);
    });
    const Scan torn = Read();
    EXPECT_EQ(torn.head.value, 5u);
    EXPECT_TRUE(torn.torn);
    EXPECT_FALSE(torn.Damaged());
    Continue();
    EXPECT_FALSE(Read().torn);
  }
  ASSERT_TRUE(Write(1, 10).ok());
  EXPECT_EQ(Read().head.value, 6u);
}

TEST_F(JournalTest, ABadFrameWithAWholeOneAfterItIsDamageAndNamed) {
  Begin();
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(Write(2).ok());
  const std::string whole = *files_.ReadAll(Segment(1));
  const std::size_t frame = FrameBytes(CompressBlock(BlockOf(1, 2, 700)).size());
  // Anywhere in the third frame: length, position, checksum, payload, or all of it.
  const std::size_t third = kSegmentHeaderBytes + 2 * frame;
  for (const std::size_t at : {0u, 6u, 10u, 18u, 30u, 45u, 60u, 900u}) {
    Change(Segment(1), [&](std::string& bytes) { bytes[third + at] ^= 1; });
    const Scan scan = Read();
    ASSERT_EQ(scan.gaps.size(), 1u) << at;
    EXPECT_EQ(scan.gaps[0].first.value, 5u);
    EXPECT_EQ(scan.gaps[0].last.value, 6u);
    EXPECT_EQ(scan.head.value, 18u);
    EXPECT_FALSE(scan.cut_short || scan.torn);
    EXPECT_EQ(positions_.size(), 16u);
    ASSERT_TRUE(files_.Replace(Segment(1), whole).ok());
  }
  Change(Segment(1), [&](std::string& bytes) { bytes.replace(third, 4096, 4096, '\0'); });
  EXPECT_EQ(Read().gaps[0].last.value, 10u);
}

TEST_F(JournalTest, DamageOfWholeSegmentsIsFound) {
  Begin();
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(Write(1, 60'000).ok());
  const std::uint64_t last = Read().segment.number;
  ASSERT_GE(last, 3u);
  const std::string second = *files_.ReadAll(Segment(2));

  ASSERT_TRUE(files_.Remove(Segment(2)).ok());
  EXPECT_EQ(Read().gaps.size(), 1u);
  EXPECT_EQ(Read().head.value, 60u);
  ASSERT_TRUE(files_.Replace(Segment(2), second.substr(0, second.size() / 2)).ok());
  EXPECT_EQ(Read().gaps.size(), 1u);
  EXPECT_TRUE(Read().flawed);
  ASSERT_TRUE(files_.Replace(Segment(2), second).ok());
  Change(Segment(2), [](std::string& bytes) { bytes[20] ^= 4; });
  EXPECT_TRUE(Read().flawed);
  EXPECT_TRUE(Read().gaps.empty());
  ASSERT_TRUE(files_.Replace(Segment(2), second).ok());
  EXPECT_FALSE(Read().Damaged());

  Change(Segment(last), [](std::string& bytes) { bytes.resize(bytes.size() - 1); });
  EXPECT_TRUE(Read().cut_short);
}

TEST_F(JournalTest, ASegmentOfAnotherFormatIsRefusedAndAFlippedBitIsDamage) {
  Begin();
  ASSERT_TRUE(Write().ok());
  Change(Segment(1), [](std::string& bytes) { bytes[7] = '3'; });
  EXPECT_TRUE(Read().Damaged());
  Change(Segment(1), [](std::string& bytes) { bytes[7] = '4'; });
  const auto nothing = [](const auto&, const auto&) { return absl::OkStatus(); };
  const auto scan = ScanJournal(files_, kFolder, nothing);
  EXPECT_EQ(ErrorReason(scan.status()), "FORMAT_TOO_NEW");
  Change(Segment(1), [](std::string& bytes) { bytes.replace(7, 2, "3x"); });
  EXPECT_EQ(ErrorReason(ScanJournal(files_, kFolder, nothing).status()), "FORMAT_TOO_NEW");
  Change(Segment(1), [](std::string& bytes) { bytes.replace(7, 2, "1x"); });
  EXPECT_EQ(ErrorReason(ScanJournal(files_, kFolder, nothing).status()), "FORMAT_TOO_OLD");
}

TEST_F(JournalTest, AFrameInsideAPayloadIsNotTakenForOne) {
  Begin();
  ASSERT_TRUE(Write().ok());
  // A client writes what looks like a frame, but does not know the key of the checksums.
  const std::string forged =
      Encode(std::string(kIdBytes, 'k'), {{3}, 1, NoDigest(), {}, "payload"});
  const std::uint64_t end = Read().offset;
  Change(Segment(1), [&](std::string& bytes) { bytes.replace(end + 64, forged.size(), forged); });
  const Scan scan = Read();
  EXPECT_TRUE(scan.torn);
  EXPECT_FALSE(scan.Damaged());
}

TEST_F(JournalTest, AFullDiskRefusesRoomAndChangesNothing) {
  Begin();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Write(1, 300'000).ok());
  for (std::uint64_t k = 1; k <= 4; ++k) {
    files_.FailAfter(k, SimulatedFiles::Fault::kDiskFull);
    EXPECT_EQ(ErrorReason(Write(1, 300'000)), "DISK_FULL");
    EXPECT_EQ(Read().head.value, 3u);
  }
  ASSERT_TRUE(Write(1, 300'000).ok());
  EXPECT_EQ(Read().head.value, 4u);
}

TEST_F(JournalTest, ANewSetCountsFromItsPublicationOn) {
  Begin();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Write().ok());
  auto fresh = Writer::Begin(files_, kFolder, kId);
  ASSERT_TRUE(fresh.ok());
  ASSERT_TRUE((*fresh)->Append({1}, 1, BlockOf(1, 1, 5)).ok());
  EXPECT_EQ(Read().head.value, 3u);
  ASSERT_TRUE((*fresh)->Publish().ok());
  EXPECT_EQ(Read().head.value, 1u);
  EXPECT_EQ(ListSets(files_, kFolder)->size(), 2u);
}

// Goal: nothing acknowledged is lost and no honest power cut looks like damage. Method: power is
// cut at a random operation, now and then again while the journal is opened.
TEST_F(JournalTest, PowerCutsLoseNothingThatWasAcknowledged) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    SimulatedFiles files;
    ASSERT_TRUE(files.MakeFolder(kFolder).ok());
    ASSERT_TRUE(files.SyncFolder("/disk").ok());
    ASSERT_TRUE(files.SyncFolder("/").ok());
    ASSERT_TRUE((*Writer::Begin(files, kFolder, kId))->Publish().ok());
    std::uint64_t acknowledged = 0;
    for (int life = 0; life < 4; ++life) {
      const bool cut_early = random.Next() % 5 == 0;
      if (cut_early) files.CutAfter(1 + random.Next() % 4);
      auto scan =
          ScanJournal(files, kFolder, [](const Frame&, const Block&) { return absl::OkStatus(); });
      ASSERT_TRUE(scan.ok()) << scan.status();
      ASSERT_TRUE(scan->present);
      ASSERT_FALSE(scan->Damaged());
      ASSERT_GE(scan->head.value, acknowledged);
      auto writer = Writer::Continue(files, *scan);
      if (!cut_early) files.CutAfter(1 + random.Next() % 60);
      for (std::uint64_t next = scan->head.value + 1; writer.ok(); ++next) {
        const std::string block =
            BlockOf(next, 1, random.Next() % 4 == 0 ? 200'000 : random.Next() % 3000);
        if (!(*writer)->Reserve(block.size()).ok()) break;
        if (!(*writer)->Append({next}, 1, block).ok()) break;
        acknowledged = next;
      }
      files.PowerCut(random.Next());
    }
  }
}

}  // namespace
}  // namespace mlup::journal
