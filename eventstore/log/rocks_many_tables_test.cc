// A log of many tables and many restarts is as whole as a small one.
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include <rocksdb/db.h>

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

}  // namespace
}  // namespace mlup::log
