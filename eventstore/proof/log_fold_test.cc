// Folding a log: chains, tree and map, and verifying it against what vouches for it.
#include "eventstore/proof/log_fold.h"

#include <algorithm>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "eventstore/proof/bundle_test_log.h"
#include "eventstore/proof/bytes.h"
#include "eventstore/proof/verify_log.h"

namespace mlup::proof {
namespace {

Checkpoint CheckpointOf(BundleTestLog& log) { return {"log", log.size(), log.fold().Root()}; }

// A story with a checkpoint and a map record in the middle of it.
struct Story {
  BundleTestLog log;
  std::vector<Checkpoint> checkpoints;
  std::vector<MapRecord> maps;

  Story() {
    log.AddStory();
    maps.push_back({log.size(), log.fold().MapRoot()});
    checkpoints.push_back(CheckpointOf(log));
    log.AddStory();
    log.AddMapRecord(maps[0]);
    log.AddStory(1);
    checkpoints.push_back(CheckpointOf(log));
  }

  absl::Status Verify(const std::vector<log::v1::Record>& records) const {
    LogVerifier verifier(checkpoints, maps);
    for (const auto& record : records) RETURN_IF_ERROR(verifier.Take(record));
    return verifier.Finish();
  }

  // What verifying says after a change to the record at `index`.
  std::string ReasonAfter(std::size_t index, const auto& change) const {
    std::vector<log::v1::Record> records = log.records();
    change(records.at(index));
    return ErrorReason(Verify(records));
  }
};

TEST(LogFoldTest, ChainsFollowStreamsAndSubjects) {
  BundleTestLog log;
  log.AddStory(1);
  const std::string& child = log.people()[0];
  const auto positions = *log.PositionsOf(child, {log.size()});
  MapLeaf leaf;
  for (const Position position : positions) leaf = Extend(leaf, *log.HeaderHash(position));
  EXPECT_EQ(log.fold().SubjectLeaf(child), leaf);
  // Own person and case, household, distribution; the note on `system/` counts for nobody.
  EXPECT_EQ(leaf.count, 4u);
  const auto own = *log.StreamPositions(log.CaseOf(0), {log.size()});
  EXPECT_EQ(log.fold().StreamLeaf(log.CaseOf(0)), (MapLeaf{2, *log.HeaderHash(own.back())}));
  EXPECT_EQ(log.fold().StreamLeaf("case/unknown"), MapLeaf{});
}

TEST(LogFoldTest, MapHoldsStreamsAndSubjectsButNothingOfTheSystem) {
  BundleTestLog log;
  log.AddStory(1);
  LogFold& fold = log.fold();
  const Hash root = fold.MapRoot();
  const std::string& child = log.people()[0];
  EXPECT_TRUE(VerifyMap(root, SubjectKey(child), fold.SubjectLeaf(child).Value(),
                        fold.ProveSubject(child)));
  EXPECT_TRUE(VerifyMap(root, StreamKey(log.CaseOf(1)), fold.StreamLeaf(log.CaseOf(1)).Value(),
                        fold.ProveStream(log.CaseOf(1))));
  EXPECT_EQ(fold.StreamLeaf("system/notes").count, 1u);
  EXPECT_TRUE(
      VerifyMap(root, StreamKey("system/notes"), std::nullopt, fold.ProveStream("system/notes")));
  log.Add("system/notes", {child});
  EXPECT_EQ(fold.MapRoot(), root);
  log.Add(log.CaseOf(0), {});
  EXPECT_NE(fold.MapRoot(), root);
}

TEST(LogFoldTest, AStateThatWasKeptGoesOnAsIfNothingHadHappened) {
  BundleTestLog log;
  log.AddStory();
  Leaves streams;
  Leaves subjects;
  for (const auto& record : log.records()) {
    streams[record.stream()] = log.fold().StreamLeaf(record.stream());
  }
  for (const auto& person : log.people()) subjects[person] = log.fold().SubjectLeaf(person);
  const auto nodes = [&log](int level, std::uint64_t index) { return log.Node(level, index); };
  auto tree = MerkleFrontier::Load(nodes, log.size());
  ASSERT_TRUE(tree.ok());
  LogFold kept(*std::move(tree), streams, subjects);
  EXPECT_EQ(kept.Root(), log.fold().Root());
  EXPECT_EQ(kept.MapRoot(), log.fold().MapRoot());
  log.AddStory(1);
  for (std::size_t i = kept.size(); i < log.size(); ++i) {
    ASSERT_TRUE(kept.Append(log.records()[i]).ok());
  }
  EXPECT_EQ(kept.Root(), log.fold().Root());
  EXPECT_EQ(kept.MapRoot(), log.fold().MapRoot());
}

TEST(LogFoldTest, WhatChangedIsToldOnceWithItsLastLeaf) {
  BundleTestLog log;
  log.AddStory(1);
  std::map<std::string, MapLeaf, std::less<>> streams;
  std::map<std::string, MapLeaf, std::less<>> subjects;
  std::size_t told = 0;
  const auto take = [&] {
    told = 0;
    log.fold().TakeChanged(
        [&](std::string_view name, const MapLeaf& leaf) {
          streams[std::string(name)] = leaf;
          ++told;
        },
        [&](std::string_view id, const MapLeaf& leaf) {
          subjects[std::string(id)] = leaf;
          ++told;
        });
  };
  take();
  EXPECT_EQ(told, streams.size() + subjects.size());
  EXPECT_TRUE(streams.contains("system/notes"));
  EXPECT_EQ(subjects.at(log.people()[0]), log.fold().SubjectLeaf(log.people()[0]));
  take();
  EXPECT_EQ(told, 0u);
  // The map asks for what changed too, and takes nothing from others.
  log.Add(log.CaseOf(0), {log.people()[0]});
  log.Add(log.CaseOf(0), {log.people()[0]});
  const Hash root = log.fold().MapRoot();
  take();
  EXPECT_EQ(told, 2u);
  EXPECT_EQ(streams.at(log.CaseOf(0)), log.fold().StreamLeaf(log.CaseOf(0)));
  EXPECT_EQ(log.fold().MapRoot(), root);
}

TEST(LogFoldTest, WhatDoesNotFollowIsRefusedAndChangesNothing) {
  BundleTestLog log;
  log.AddStory(1);
  LogFold fold;
  ASSERT_TRUE(fold.Append(log.records()[0]).ok());
  const Hash root = fold.Root();
  EXPECT_EQ(ErrorReason(fold.Append(log.records()[0]).status()), "POSITION_GAP");
  EXPECT_EQ(ErrorReason(fold.Append(log.records()[2]).status()), "POSITION_GAP");
  log::v1::Record record = log.records()[1];
  record.set_revision(2);
  EXPECT_EQ(ErrorReason(fold.Append(record).status()), "REVISION_GAP");
  record.set_revision(1);
  record.mutable_event()->set_place(std::string(256, '0'));
  EXPECT_EQ(ErrorReason(fold.Append(record).status()), "HEADER_UNFIT");
  EXPECT_EQ(fold.Root(), root);
  EXPECT_TRUE(fold.Append(log.records()[1]).ok());
}

TEST(MapRecordTest, CommonPartHasOneSpelling) {
  for (const std::uint64_t size : {std::uint64_t{1}, std::uint64_t{127}, std::uint64_t{128},
                                   std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    const MapRecord record{size, Sha256("root")};
    EXPECT_EQ(MapRecord::FromCommon(record.ToCommon()), record) << size;
  }
  const std::string common = MapRecord{5, Sha256("root")}.ToCommon();
  EXPECT_EQ(common, std::string("\x08\x05\x12\x20", 4) + std::string(AsText(Sha256("root"))));
  EXPECT_FALSE(MapRecord::FromCommon("").has_value());
  EXPECT_FALSE(MapRecord::FromCommon(common + "x").has_value());
  EXPECT_FALSE(MapRecord::FromCommon(common.substr(0, 35)).has_value());
  EXPECT_FALSE(MapRecord::FromCommon(std::string("\x08\x85\0", 3) + common.substr(2)).has_value());
  EXPECT_FALSE(MapRecord::FromCommon(std::string("\x08\0", 2) + common.substr(2)).has_value());
  std::string other_tag = common;
  other_tag[0] = 0x10;
  EXPECT_FALSE(MapRecord::FromCommon(other_tag).has_value());
}

TEST(LogVerifierTest, AnHonestLogAgreesWithItsCheckpointsAndMapRecords) {
  Story story;
  LogVerifier verifier(story.checkpoints, story.maps);
  for (const auto& record : story.log.records()) ASSERT_TRUE(verifier.Take(record).ok());
  EXPECT_TRUE(verifier.Finish().ok());
  EXPECT_EQ(verifier.agreed_checkpoints(), 2u);
  EXPECT_EQ(verifier.agreed_map_roots(), 1u);
  EXPECT_EQ(verifier.fold().size(), story.log.size());
}

TEST(LogVerifierTest, AnyChangeBeforeACheckpointContradictsIt) {
  const Story story;
  const auto reason = [&](std::size_t index, const auto& change) {
    return story.ReasonAfter(index, change);
  };
  using R = log::v1::Record;
  EXPECT_EQ(reason(3, [](R& r) { r.mutable_event()->set_reason("x"); }), "CHECKPOINT_CONTRADICTED");
  EXPECT_EQ(reason(40, [](R& r) { r.mutable_event()->set_common("x"); }),
            "CHECKPOINT_CONTRADICTED");
  EXPECT_EQ(reason(3, [](R& r) { r.set_position(5); }), "POSITION_GAP");
  EXPECT_EQ(reason(3, [](R& r) { r.set_revision(5); }), "REVISION_GAP");
  EXPECT_EQ(reason(3, [](R& r) { r.mutable_recorded_at()->set_seconds(5); }), "TIME_BACKWARDS");
  EXPECT_EQ(reason(3, [](R& r) { r.mutable_event()->set_place(std::string(256, '0')); }),
            "HEADER_UNFIT");
  std::vector<log::v1::Record> records = story.log.records();
  records.pop_back();
  EXPECT_EQ(ErrorReason(story.Verify(records)), "LOG_TOO_SHORT");
}

TEST(LogVerifierTest, ARecordedMapRootThatIsNotTheDerivedOneIsAnError) {
  Story story;
  const auto is_map = [](const auto& record) { return IsMapRecord(record); };
  const auto& records = story.log.records();
  const auto map = static_cast<std::size_t>(std::find_if(records.begin(), records.end(), is_map) -
                                            records.begin());
  using R = log::v1::Record;
  // Not announced; not a map record; of a size that had not been reached.
  const MapRecord other{story.maps[0].size, Sha256("other")};
  EXPECT_EQ(story.ReasonAfter(map, [&](R& r) { r.mutable_event()->set_common(other.ToCommon()); }),
            "MAP_ROOT_WRONG");
  EXPECT_EQ(story.ReasonAfter(map, [](R& r) { r.mutable_event()->set_common("x"); }),
            "MAP_ROOT_WRONG");
  EXPECT_EQ(story.ReasonAfter(map, [](R& r) { r.mutable_event()->add_subjects(); }),
            "MAP_ROOT_WRONG");
  // Announced as it is recorded, but not what the log says.
  story.maps.push_back(other);
  EXPECT_EQ(ErrorReason(story.Verify(records)), "MAP_ROOT_WRONG");
}

}  // namespace
}  // namespace mlup::proof
