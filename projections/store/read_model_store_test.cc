// Both stores hold the same promises; the one on disk also over a reopening.
#include "projections/store/read_model_store.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/random.h"
#include "projections/store/keys.h"
#include "projections/store/rocks_read_model_store.h"

namespace mlup::projections {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string Folder() {
  const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
  std::string name = std::string(test->test_suite_name()) + "." + test->name();
  for (char& c : name) c = c == '/' ? '_' : c;
  return testing::TempDir() + "read_model." + std::to_string(::getpid()) + "." + name;
}

std::vector<std::string> Keys(const Snapshot& snapshot, std::string_view prefix) {
  std::vector<std::string> keys;
  EXPECT_TRUE(snapshot
                  .ForEach(prefix,
                           [&keys](std::string_view key, std::string_view) {
                             keys.emplace_back(key);
                             return absl::OkStatus();
                           })
                  .ok());
  return keys;
}

Rows RowsOf(const std::vector<std::pair<std::string, std::string>>& writes) {
  Rows rows;
  for (const auto& [key, value] : writes) rows.Put(key, value);
  return rows;
}

// More than fits into what is written at once.
constexpr std::size_t kLargeBytes = std::size_t{5} << 20;

// A batch of that many bytes or more, of keys that other batches have too, some twice.
Rows LargeRows(std::uint64_t seed) {
  Rows rows;
  for (std::uint64_t i = 0; rows.bytes() < kLargeBytes; ++i) {
    rows.Put("m" + BigEndian((i * 7919 + seed * 31) % 9000),
             BigEndian(seed) + std::string(400, 'v'));
  }
  return rows;
}

std::unique_ptr<ReadModelStore> Open(const std::string& folder, std::uint32_t version = 1) {
  auto store = OpenRocksReadModelStore(folder, version);
  EXPECT_TRUE(store.ok()) << store.status();
  return *std::move(store);
}

class ReadModelStoreTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(Folder());
    if (GetParam()) {
      store_ = Open(Folder());
    } else {
      store_ = std::make_unique<MemoryReadModelStore>();
    }
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(Folder());
  }
  std::unique_ptr<ReadModelStore> store_;
};

TEST_P(ReadModelStoreTest, RowsAreVisitedFromAKeyOn) {
  ASSERT_TRUE(store_->Commit(RowsOf({{"a", "1"}, {"b", "2"}, {"c", "3"}}), {{3}, 7}).ok());
  std::string seen;
  const auto see = [&seen](std::string_view key, std::string_view value) {
    seen.append(key).append(value);
    return absl::OkStatus();
  };
  ASSERT_TRUE(store_->TakeSnapshot()->ForEachFrom("aa", see).ok());
  EXPECT_EQ(seen, "b2c3");
  ASSERT_TRUE(store_->TakeSnapshot()->ForEachFrom("c", see).ok());
  EXPECT_EQ(seen, "b2c3c3");
}

TEST_P(ReadModelStoreTest, AnEmptyStoreHasNoRowsAndTheFirstCheckpoint) {
  const auto snapshot = store_->TakeSnapshot();
  EXPECT_EQ(snapshot->checkpoint(), Checkpoint());
  EXPECT_THAT(Keys(*snapshot, ""), IsEmpty());
}

TEST_P(ReadModelStoreTest, RowsAndCheckpointAppearTogetherAndInOrder) {
  ASSERT_TRUE(store_->Commit(RowsOf({{"b", "2"}, {"a", "1"}, {"ab", "3"}}), {{3}, 77}).ok());
  const auto snapshot = store_->TakeSnapshot();
  EXPECT_EQ(snapshot->checkpoint(), (Checkpoint{{3}, 77}));
  EXPECT_THAT(Keys(*snapshot, ""), ElementsAre("a", "ab", "b"));
  EXPECT_THAT(Keys(*snapshot, "a"), ElementsAre("a", "ab"));
  EXPECT_EQ(*snapshot->Get("b"), "2");
  EXPECT_EQ(*snapshot->Get("c"), std::nullopt);
}

TEST_P(ReadModelStoreTest, ASnapshotDoesNotMove) {
  ASSERT_TRUE(store_->Commit(RowsOf({{"a", "1"}}), {{1}, 1}).ok());
  const auto before = store_->TakeSnapshot();
  ASSERT_TRUE(store_->Commit(RowsOf({{"a", "2"}, {"b", "2"}}), {{2}, 2}).ok());
  EXPECT_EQ(*before->Get("a"), "1");
  EXPECT_THAT(Keys(*before, ""), ElementsAre("a"));
  EXPECT_EQ(before->checkpoint().position, Position{1});
  EXPECT_EQ(*store_->TakeSnapshot()->Get("a"), "2");
}

TEST_P(ReadModelStoreTest, ClearTakesEverything) {
  ASSERT_TRUE(store_->Commit(RowsOf({{"a", "1"}, {"\xff\xff", "2"}}), {{2}, 2}).ok());
  ASSERT_TRUE(store_->Clear().ok());
  EXPECT_THAT(Keys(*store_->TakeSnapshot(), ""), IsEmpty());
  EXPECT_EQ(store_->TakeSnapshot()->checkpoint(), Checkpoint());
}

TEST_P(ReadModelStoreTest, AVisitorCanStop) {
  ASSERT_TRUE(store_->Commit(RowsOf({{"a", "1"}, {"b", "2"}}), {{2}, 2}).ok());
  int visited = 0;
  const absl::Status status =
      store_->TakeSnapshot()->ForEach("", [&visited](std::string_view, std::string_view) {
        ++visited;
        return absl::CancelledError();
      });
  EXPECT_TRUE(absl::IsCancelled(status));
  EXPECT_EQ(visited, 1);
}

TEST_P(ReadModelStoreTest, TheDigestTellsDifferentRowsApart) {
  ASSERT_TRUE(store_->Commit(RowsOf({{"ab", "c"}}), {{1}, 1}).ok());
  MemoryReadModelStore same;
  MemoryReadModelStore other;
  ASSERT_TRUE(same.Commit(RowsOf({{"ab", "c"}}), {{9}, 9}).ok());
  ASSERT_TRUE(other.Commit(RowsOf({{"a", "bc"}}), {{1}, 1}).ok());
  EXPECT_EQ(*DigestRows(*store_->TakeSnapshot()), *DigestRows(*same.TakeSnapshot()));
  EXPECT_NE(*DigestRows(*store_->TakeSnapshot()), *DigestRows(*other.TakeSnapshot()));
}

TEST_P(ReadModelStoreTest, LargeBatchesAndSmallOnesReplaceEachOther) {
  MemoryReadModelStore simple;
  const auto commit = [&](const Rows& rows, std::uint64_t at) {
    ASSERT_EQ(store_->Commit(rows, {{at}, at}), absl::OkStatus());
    ASSERT_EQ(simple.Commit(rows, {{at}, at}), absl::OkStatus());
  };
  const auto digest = [](const ReadModelStore& of) { return *DigestRows(*of.TakeSnapshot()); };
  commit(RowsOf({{"a", "1"}, {"m" + BigEndian(8), "small"}}), 1);
  commit(LargeRows(2), 2);
  const auto before = store_->TakeSnapshot();
  const std::string digest_before = digest(simple);
  commit(LargeRows(3), 3);
  EXPECT_EQ(digest(*store_), digest(simple));
  commit(RowsOf({{"a", "4"}, {"m" + BigEndian(8), "small"}}), 4);
  commit(LargeRows(5), 5);
  EXPECT_EQ(digest(*store_), digest(simple));
  EXPECT_EQ(store_->TakeSnapshot()->checkpoint(), (Checkpoint{{5}, 5}));
  EXPECT_EQ(*DigestRows(*before), digest_before) << "who took a state keeps it";
  EXPECT_EQ(before->checkpoint(), (Checkpoint{{2}, 2}));
}

INSTANTIATE_TEST_SUITE_P(Memory, ReadModelStoreTest, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(Rocks, ReadModelStoreTest, testing::Values(true));

class RocksReadModelStoreTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove_all(Folder()); }
  void TearDown() override { std::filesystem::remove_all(Folder()); }
};

TEST_F(RocksReadModelStoreTest, RowsAndCheckpointSurviveAReopening) {
  ASSERT_TRUE(Open(Folder())->Commit(RowsOf({{"a", "1"}}), {{7}, 8}).ok());
  const auto store = Open(Folder());
  EXPECT_EQ(store->TakeSnapshot()->checkpoint(), (Checkpoint{{7}, 8}));
  EXPECT_EQ(*store->TakeSnapshot()->Get("a"), "1");
}

TEST_F(RocksReadModelStoreTest, AnotherVersionEmptiesTheFolder) {
  ASSERT_TRUE(Open(Folder(), 1)->Commit(RowsOf({{"a", "1"}}), {{7}, 8}).ok());
  const auto store = Open(Folder(), 2);
  EXPECT_THAT(Keys(*store->TakeSnapshot(), ""), IsEmpty());
  EXPECT_EQ(store->TakeSnapshot()->checkpoint(), Checkpoint());
}

TEST_F(RocksReadModelStoreTest, ADamagedFolderIsEmptied) {
  ASSERT_TRUE(Open(Folder())->Commit(RowsOf({{"a", "1"}}), {{7}, 8}).ok());
  std::ofstream(Folder() + "/CURRENT", std::ios::trunc) << "nothing\n";
  const auto store = Open(Folder());
  EXPECT_EQ(store->TakeSnapshot()->checkpoint(), Checkpoint());
}

// Paths of the files in the folder that end so.
std::vector<std::string> FilesThatEnd(const std::string& folder, const std::string& ending) {
  std::vector<std::string> paths;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().string().ends_with(ending)) paths.push_back(file.path());
  }
  return paths;
}

// Where the rows of a new folder of derived ones are.
std::string DerivedFolder() { return Folder() + "/1"; }

void FlipIn(const std::string& path, std::streamoff at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(at);
  const int byte = file.get();
  file.seekp(at);
  file.put(static_cast<char>(byte ^ 1));
}

TEST_F(RocksReadModelStoreTest, AFolderWithoutItsManifestOrWithAStrayFileIsEmptied) {
  const std::vector<std::function<void()>> damages = {
      [] {
        for (const auto& file : std::filesystem::directory_iterator(DerivedFolder())) {
          if (file.path().filename().string().starts_with("MANIFEST")) {
            std::filesystem::remove(file.path());
            break;
          }
        }
      },
      [] { std::ofstream(DerivedFolder() + "/000000.log") << "x"; },
      [] {
        for (const std::string& path : FilesThatEnd(DerivedFolder(), ".log")) {
          std::filesystem::remove(path);
          std::filesystem::create_symlink(path, path);
        }
      }};
  for (const auto& damage : damages) {
    std::filesystem::remove_all(Folder());
    const auto open = [] { return OpenRocksReadModelStore(Folder(), 1, RowsAre::kDerived); };
    ASSERT_TRUE((*open())->Commit(RowsOf({{"a", "1"}}), {{7}, 8}).ok());
    EXPECT_EQ((*open())->TakeSnapshot()->checkpoint(), (Checkpoint{{7}, 8}));
    damage();
    const auto store = open();
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_EQ((*store)->TakeSnapshot()->checkpoint(), Checkpoint());
  }
}

TEST_F(RocksReadModelStoreTest, DamagedRowsThatAreKeptAreSetAside) {
  const std::string aside = Folder() + ".damaged-1";
  std::filesystem::remove_all(aside);
  ASSERT_TRUE(Open(Folder())->Commit(RowsOf({{"a", "1"}}), {{7}, 8}).ok());
  Open(Folder());  // now they are in a table
  EXPECT_EQ(CheckRocksReadModelStore(Folder()), absl::OkStatus());
  FlipIn(FilesThatEnd(Folder(), ".sst").front(), 10);
  EXPECT_EQ(ErrorReason(CheckRocksReadModelStore(Folder())), "READ_MODEL_DAMAGED");
  EXPECT_EQ(Open(Folder())->TakeSnapshot()->checkpoint(), Checkpoint());
  EXPECT_EQ(FilesThatEnd(aside, ".sst").size(), 1u);
  std::filesystem::remove_all(aside);
}

TEST_F(RocksReadModelStoreTest, DamageThatAReadMeetsIsToldAndBegunAnewBeside) {
  {
    const auto store = *OpenRocksReadModelStore(Folder(), 1, RowsAre::kDerived);
    Rows rows = RowsOf({{"a", "1"}});
    for (std::uint64_t i = 0; i < 2000; ++i) rows.Put("m" + BigEndian(i * 977), BigEndian(i * i));
    ASSERT_TRUE(store->Commit(rows, {{7}, 8}).ok());
  }
  const std::string table = FilesThatEnd(DerivedFolder(), ".sst").front();
  // Not in the block that a start reads.
  FlipIn(table, static_cast<std::streamoff>(std::filesystem::file_size(table) / 2));
  auto store = *OpenRocksReadModelStore(Folder(), 1, RowsAre::kDerived);
  int called = 0;
  store->WhenDamaged([&called] { ++called; });
  EXPECT_FALSE(store->IsDamaged());
  auto before = store->TakeSnapshot();
  const auto all = [](std::string_view, std::string_view) { return absl::OkStatus(); };
  EXPECT_EQ(ErrorReason(before->ForEach("m", all)), "READ_MODEL_DAMAGED");
  EXPECT_TRUE(store->IsDamaged());
  store->Check();
  EXPECT_EQ(called, 1);

  EXPECT_EQ(store->Clear(), absl::OkStatus());
  EXPECT_FALSE(store->IsDamaged());
  EXPECT_EQ(store->TakeSnapshot()->checkpoint(), Checkpoint());
  ASSERT_TRUE(store->Commit(RowsOf({{"b", "2"}}), {{9}, 9}).ok());
  store->Check();
  EXPECT_FALSE(store->IsDamaged());
  EXPECT_FALSE(before->ForEach("m", all).ok()) << "who took the state before still has it";
  EXPECT_EQ(called, 1);
  before.reset();
  store.reset();
  store = *OpenRocksReadModelStore(Folder(), 1, RowsAre::kDerived);
  EXPECT_EQ(store->TakeSnapshot()->checkpoint(), (Checkpoint{{9}, 9}));
  EXPECT_EQ(*store->TakeSnapshot()->Get("b"), "2");
}

TEST_F(RocksReadModelStoreTest, DerivedRowsSurviveAnOrderlyEnd) {
  {
    const auto store = OpenRocksReadModelStore(Folder(), 1, RowsAre::kDerived);
    ASSERT_TRUE((*store)->Commit(RowsOf({{"a", "1"}}), {{7}, 8}).ok());
  }
  const auto store = OpenRocksReadModelStore(Folder(), 1, RowsAre::kDerived);
  EXPECT_EQ((*store)->TakeSnapshot()->checkpoint(), (Checkpoint{{7}, 8}));
  EXPECT_EQ(*(*store)->TakeSnapshot()->Get("a"), "1");
}

// Goal: after a crash, rows that are not written twice are those of their checkpoint, none more and
// none less. Method: another process commits until several tables are written, and ends at once;
// each batch puts its number at both ends of the rows, and one in thirteen is large enough for a
// table of its own.
TEST_F(RocksReadModelStoreTest, ACrashTakesWholeBatchesOfDerivedRowsFromTheEnd) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  constexpr std::uint64_t kBatches = 100;
  constexpr std::uint64_t kEach = 13;
  const std::string folder = testing::TempDir() + "derived_rows_crash";
  const auto commit_and_crash = [&folder] {
    const auto store = OpenRocksReadModelStore(folder, 1, RowsAre::kDerived);
    for (std::uint64_t i = 1; i <= kBatches; ++i) {
      Rows rows = RowsOf({{"a", BigEndian(i)}, {"z", BigEndian(i)}});
      const std::size_t bytes = i % kEach == 0 ? kLargeBytes : std::size_t{512} << 10;
      rows.Put("m" + BigEndian(i), std::string(bytes, static_cast<char>(i * 7)));
      if (!(*store)->Commit(rows, {{i}, i}).ok()) std::_Exit(1);
    }
    std::_Exit(0);
  };
  std::filesystem::remove_all(folder);
  EXPECT_EXIT(commit_and_crash(), testing::ExitedWithCode(0), "");
  {
    const auto store = OpenRocksReadModelStore(folder, 1, RowsAre::kDerived);
    ASSERT_TRUE(store.ok()) << store.status();
    const auto rows = (*store)->TakeSnapshot();
    const std::uint64_t last = rows->checkpoint().position.value;
    // A large batch is on the disk, with all before it.
    EXPECT_GE(last, kBatches - kBatches % kEach);
    EXPECT_LE(last, kBatches);
    EXPECT_EQ(*rows->Get("a"), BigEndian(last));
    EXPECT_EQ(*rows->Get("z"), BigEndian(last));
    EXPECT_EQ(Keys(*rows, "m").size(), last);
  }
  std::filesystem::remove_all(folder);
}

// Goal: filters of prefixes hide nothing. Method: random keys, many with zero bytes, some in tables
// and some not, and every prefix of up to three bytes, against rows in memory.
TEST_F(RocksReadModelStoreTest, EveryPrefixFindsWhatIsThere) {
  const std::string letters("\0\x01g", 3);
  SeededRandom random(11);
  const auto text = [&](std::size_t size) {
    std::string chosen;
    for (std::size_t i = 0; i < size; ++i) chosen += letters[random.Next() % letters.size()];
    return chosen;
  };
  auto store = *OpenRocksReadModelStore(Folder(), 1, RowsAre::kDerived);
  MemoryReadModelStore simple;
  for (std::uint64_t batch = 1; batch <= 8; ++batch) {
    Rows rows;
    for (int i = 0; i < 40; ++i) rows.Put(text(1 + random.Next() % 6), BigEndian(batch));
    if (batch % 3 == 1) rows.Put("large", std::string(kLargeBytes, 'v'));
    ASSERT_EQ(store->Commit(rows, {{batch}, 1}), absl::OkStatus());
    ASSERT_EQ(simple.Commit(rows, {{batch}, 1}), absl::OkStatus());
    if (batch != 4) continue;
    store.reset();
    store = *OpenRocksReadModelStore(Folder(), 1, RowsAre::kDerived);
  }
  const auto found = store->TakeSnapshot();
  const auto there = simple.TakeSnapshot();
  std::vector<std::string> prefixes = {""};
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    const std::string prefix = prefixes[i];
    EXPECT_EQ(Keys(*found, prefix), Keys(*there, prefix));
    EXPECT_EQ(*found->Get(prefix), *there->Get(prefix));
    for (const char letter : prefix.size() < 3 ? letters : std::string()) {
      prefixes.push_back(prefix + letter);
    }
  }
  EXPECT_EQ(prefixes.size(), 40u);
  EXPECT_EQ(*DigestRows(*found), *DigestRows(*there));
}

TEST_F(RocksReadModelStoreTest, AFolderInUseIsNotTouched) {
  for (const RowsAre rows : {RowsAre::kKept, RowsAre::kDerived}) {
    std::filesystem::remove_all(Folder());
    const auto store = *OpenRocksReadModelStore(Folder(), 1, rows);
    ASSERT_TRUE(store->Commit(RowsOf({{"a", "1"}}), {{7}, 8}).ok());
    const auto second = OpenRocksReadModelStore(Folder(), 1, rows);
    EXPECT_EQ(ErrorReason(second.status()), "READ_MODEL_UNAVAILABLE");
    EXPECT_EQ(*store->TakeSnapshot()->Get("a"), "1");
  }
}

}  // namespace
}  // namespace mlup::projections
