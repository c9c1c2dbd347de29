// A log of many tables and many restarts is as whole as a small one.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include <rocksdb/db.h>
#include <rocksdb/table.h>

#include "eventstore/log/check_store.h"
#include "eventstore/log/start_up_fixture.h"

namespace mlup::log {
namespace {

class ManyTablesTest : public StartUpTest {
 protected:
  // Rewrites the closed store into tables of a few kilobytes each; returns how many there are.
  std::size_t Split() {
    rocksdb::Options options = StoreOptions(env.get());
    options.target_file_size_base = 4 << 10;
    options.disable_auto_compactions = true;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened = nullptr;
    EXPECT_TRUE(
        rocksdb::DB::Open(options, places.store, StoreFamilies(options), &handles, &opened).ok());
    const std::unique_ptr<rocksdb::DB> db(opened);
    rocksdb::CompactRangeOptions all;
    all.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
      EXPECT_TRUE(db->CompactRange(all, handle, nullptr, nullptr).ok());
    }
    std::vector<rocksdb::LiveFileMetaData> tables;
    db->GetLiveFilesMetaData(&tables);
    for (auto* handle : handles) EXPECT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
    return tables.size();
  }
};

TEST_F(ManyTablesTest, TheCacheIsAsLargeAsWasAskedFor) {
  const auto capacity = [](const rocksdb::Options& options) {
    return options.table_factory->GetOptions<rocksdb::BlockBasedTableOptions>()
        ->block_cache->GetCapacity();
  };
  EXPECT_EQ(capacity(StoreOptions(env.get())), kStoreCacheBytes);
  EXPECT_EQ(capacity(StoreOptions(env.get(), 8 << 20)), std::size_t{8} << 20);
}

TEST_F(ManyTablesTest, HundredsOfTablesAreWhole) {
  Begin(8000);
  Close();
  ASSERT_GT(Split(), 200u);
  EXPECT_EQ(ExamineLog(places)->verdict->repair, Repair::kNone)
      << ExamineLog(places)->verdict->words;
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(repair(), Repair::kNone) << log->verdict().words;
  ExpectEverything();
}

TEST_F(ManyTablesTest, ATableThatIsGoneFromAmongHundredsIsMissed) {
  Begin(8000);
  Close();
  ASSERT_GT(Split(), 200u);
  const std::vector<std::string> tables = Find(places.store, ".sst");
  ASSERT_TRUE(disk.Remove(tables[tables.size() / 2]).ok());
  OpensWith(Repair::kRebuild);
}

// 60 of them, or MLUP_CASES.
TEST_F(ManyTablesTest, ManyCleanRestartsRepairNothing) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing sets it.
  const char* const cases = std::getenv("MLUP_CASES");
  const int lives = cases == nullptr ? 60 : std::atoi(cases);
  for (int life = 1; life <= lives; ++life) {
    ASSERT_TRUE(Open().ok());
    ASSERT_EQ(repair(), life == 1 ? Repair::kFresh : Repair::kNone)
        << life << ": " << log->verdict().words;
    ASSERT_TRUE(Append(3).ok());
    Close();
  }
  ASSERT_TRUE(Open().ok());
  ExpectEverything();
  EXPECT_TRUE(Find("/disk", ".damaged-1").empty());
}

// Seconds of the quickest of three clean starts; each appends one event.
double QuickestStart(const RocksEventLog::Options& options, Appends& appends) {
  const SystemClock clock;
  absl::Duration quickest = absl::InfiniteDuration();
  for (int i = 0; i < 3; ++i) {
    const absl::Time begun = clock.Now();
    const auto log = RocksEventLog::Open(options, clock);
    quickest = std::min(quickest, clock.Now() - begun);
    EXPECT_TRUE(log.ok()) << log.status();
    EXPECT_TRUE((*log)->verdict().repair == Repair::kNone ||
                (*log)->verdict().repair == Repair::kFresh)
        << (*log)->verdict().words;
    EXPECT_TRUE((*log)->Append(appends.To(appends.Stream())).ok());
  }
  return absl::ToDoubleSeconds(quickest);
}

// Goal: a start takes as long with a large log as with a small one, and repairs nothing. 64 MB of
// bytes that nothing compresses, or MLUP_LOG_MB.
TEST(LargeLogTest, StartsAsASmallOneDoes) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing sets it.
  const char* const wanted = std::getenv("MLUP_LOG_MB");
  const int megabytes = wanted == nullptr ? 64 : std::atoi(wanted);
  const std::string root = testing::TempDir() + "large-" + Appends(SystemRandom().Next()).Id();
  const RocksEventLog::Options options{.path = root + "/log", .journal = root + "/journal"};
  Appends appends(SystemRandom().Next());
  const double small = QuickestStart(options, appends);
  {
    const SystemClock clock;
    const auto log = *RocksEventLog::Open(options, clock);
    SeededRandom random(1);
    for (int i = 0; i < megabytes; ++i) {
      pb::AppendRequest request = appends.To(appends.Stream(), 16);
      for (pb::Event& event : *request.mutable_writes(0)->mutable_events()) {
        std::string bytes(60 << 10, '\0');
        for (char& byte : bytes) byte = static_cast<char>(random.Next());
        event.set_common(std::move(bytes));
      }
      const auto response = log->Append(request);
      ASSERT_TRUE(response.ok()) << response.status();
    }
  }
  const double large = QuickestStart(options, appends);
  testing::Test::RecordProperty("small_ms", static_cast<int>(small * 1000));
  testing::Test::RecordProperty("large_ms", static_cast<int>(large * 1000));
  const auto kept = ListKept(SystemFiles(), options.path, options.journal);
  EXPECT_TRUE(kept.ok() && kept->empty());
  EXPECT_TRUE(SystemFiles().RemoveTree(root).ok());
}

// Opening RocksDB reads the end of every table, which the look at a start does not.
TEST_F(StartUpTest, ATableThatCannotBeReadWhenRocksDbIsOpenedIsReplaced) {
  for (std::size_t damaged = 0;; ++damaged) {
    LogWorld world;
    world.log_options.wait_for_both_copies = true;
    for (int life = 0; life < 3; ++life) {
      ASSERT_TRUE(world.Open().ok());
      ASSERT_TRUE(world.Append(5).ok());
      world.Close();
    }
    const auto tables = world.Find(world.places.store, ".sst");
    ASSERT_GT(tables.size(), 5U);
    // How many RocksDB has merged by then is its own affair.
    if (damaged >= tables.size()) break;
    SCOPED_TRACE(tables[damaged]);
    world.Change(tables[damaged], [](std::string& bytes) { bytes.replace(0, 16, 16, '\0'); });
    absl::Status status = world.Open();
    // What nothing reads at a start is met by a reader, and replaced by the next one.
    if (status.ok() && world.repair() == Repair::kNone) {
      world.ExpectEverything();
      continue;
    }
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(world.repair(), Repair::kRebuild);
    world.ExpectEverything();
  }
}

// With so many tables RocksDB begins to merge them when it is opened, and meets the damage behind
// the start: the start replaces it, or whoever writes or reads first meets it and the next one
// does.
TEST_F(StartUpTest, ATableThatCannotBeReadWhenRocksDbMergesTablesIsReplaced) {
  for (std::size_t damaged = 0;; ++damaged) {
    LogWorld world;
    world.log_options.wait_for_both_copies = true;
    for (int life = 0; life < 5; ++life) {
      ASSERT_TRUE(world.Open().ok());
      ASSERT_TRUE(world.Append(5).ok());
      world.Close();
    }
    const auto tables = world.Find(world.places.store, ".sst");
    // How many RocksDB has merged by then is its own affair.
    if (damaged >= tables.size()) break;
    SCOPED_TRACE(tables[damaged]);
    world.Change(tables[damaged], [](std::string& bytes) { bytes.replace(0, 16, 16, '\0'); });
    const absl::Status opened = world.Open();
    ASSERT_TRUE(opened.ok()) << opened;
    pb::ReadAllRequest all;
    all.set_limit(1000);
    if (!world.Append(1).ok() || !world.log->ReadAll(all).ok()) {
      world.Close();
      const absl::Status again = world.Open();
      ASSERT_TRUE(again.ok()) << again;
      EXPECT_EQ(world.repair(), Repair::kRebuild);
    }
    world.ExpectEverything();
  }
}

}  // namespace
}  // namespace mlup::log
