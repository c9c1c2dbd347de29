// A second set of rows beside those that are served, and a switch that a crash leaves whole.
#include "projections/store/generations.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "projections/store/keys.h"
#include "projections/store/rocks_read_model_store.h"

namespace mlup::projections {
namespace generations_test {

using reports::v1::AskedRebuild;
using testing::UnorderedElementsAre;

// The machine's files, of which nothing can be changed any more after some changes: as if the
// process had ended there.
class CrashingFiles final : public Files {
 public:
  void CrashAfter(int changes) { left_ = changes; }
  bool crashed() const { return left_ < 0; }

  absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, Mode mode) override {
    if (mode != Mode::kRead) RETURN_IF_ERROR(Change());
    if (mode != Mode::kRead && room == 0) {
      return Error(absl::StatusCode::kResourceExhausted, "DISK_FULL", "the disk is full");
    }
    return files_.Open(path, mode);
  }
  absl::Status Rename(const std::string& from, const std::string& to) override {
    RETURN_IF_ERROR(Change());
    return files_.Rename(from, to);
  }
  absl::Status Remove(const std::string& path) override {
    RETURN_IF_ERROR(Change());
    return files_.Remove(path);
  }
  absl::Status MakeFolder(const std::string& path) override { return files_.MakeFolder(path); }
  absl::StatusOr<std::vector<std::string>> List(const std::string& folder) override {
    return files_.List(folder);
  }
  absl::Status SyncFolder(const std::string& folder) override {
    RETURN_IF_ERROR(Change());
    return files_.SyncFolder(folder);
  }
  std::uint64_t Room(const std::string&) override { return room; }
  absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    return files_.Lock(path);
  }

  std::uint64_t room = UINT64_MAX;

 private:
  absl::Status Change() {
    if (left_ < 0 || --left_ < 0) {
      return Error(absl::StatusCode::kUnavailable, "FILE_FAILED", "the process has ended");
    }
    return absl::OkStatus();
  }

  Files& files_ = SystemFiles();
  int left_ = 1 << 20;
};

AskedRebuild Asked(const std::string& id) {
  AskedRebuild asked;
  asked.set_rebuild_id(id);
  asked.mutable_actor()->set_actor_id("staff-op-1");
  asked.set_reason("figures_doubted");
  return asked;
}

Rows RowOf(const std::string& key, const std::string& value) {
  Rows rows;
  rows.Put(key, value);
  return rows;
}

std::set<std::string> NamesIn(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.insert(entry.path().filename());
  }
  return names;
}

class GenerationsTest : public testing::Test {
 protected:
  GenerationsTest() : folder_(testing::TempDir() + absl::StrCat("generations.", ::getpid())) {
    std::filesystem::remove_all(folder_);
  }
  ~GenerationsTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Generations> Open(std::uint32_t version = 1) {
    auto opened = Generations::Open(files_, folder_, version);
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }
  // Serves `old` at position 1.
  std::unique_ptr<Generations> WithOldRows() {
    auto rows = Open();
    EXPECT_TRUE(rows->Commit(RowOf("a", "old"), {{1}, 7}).ok());
    return rows;
  }
  static absl::Status MakeBeside(Generations& rows, const AskedRebuild& asked) {
    ASSIGN_OR_RETURN(RocksRows* const beside, rows.Beside(asked));
    return beside->Commit(RowOf("a", "new"), {{1}, 7});
  }
  static std::string Value(const ReadModelStore& rows) {
    return rows.TakeSnapshot()->Get("a")->value_or("nothing");
  }

  const std::string folder_;
  CrashingFiles files_;
};

TEST_F(GenerationsTest, WhatIsMadeBesideIsServedFromTheSwitchOnAndNotBefore) {
  auto rows = WithOldRows();
  const auto before = rows->TakeSnapshot();
  AskedRebuild asked = Asked("one");
  ASSERT_EQ(MakeBeside(*rows, asked), absl::OkStatus());
  EXPECT_EQ(Value(*rows), "old");
  EXPECT_EQ(rows->rebuild()->reason(), "figures_doubted");
  ASSERT_EQ(rows->Switch(asked, true), absl::OkStatus());
  EXPECT_EQ(Value(*rows), "new");
  EXPECT_EQ(**before->Get("a"), "old") << "who took it has it";
  EXPECT_EQ(asked.done().from(), 1u);
  EXPECT_EQ(asked.done().to(), 2u);
  EXPECT_EQ(rows->rebuild()->done().to(), 2u) << "to be recorded";
  ASSERT_EQ(rows->End(), absl::OkStatus());
  EXPECT_FALSE(rows->rebuild().has_value());
  EXPECT_EQ(rows->replaced(), 0u);
}

TEST_F(GenerationsTest, AnEarlierGenerationGoesWhenNobodyReadsItAnyMore) {
  auto rows = WithOldRows();
  auto before = rows->TakeSnapshot();
  AskedRebuild asked = Asked("one");
  ASSERT_EQ(MakeBeside(*rows, asked), absl::OkStatus());
  ASSERT_EQ(rows->Switch(asked, false), absl::OkStatus());
  EXPECT_EQ(rows->replaced(), 1u);
  EXPECT_THAT(NamesIn(folder_), UnorderedElementsAre("generations", "1", "2"));
  before.reset();
  EXPECT_THAT(NamesIn(folder_), UnorderedElementsAre("generations", "2"));
}

TEST_F(GenerationsTest, AnEndLeavesNothingOfWhatWasMade) {
  auto rows = WithOldRows();
  ASSERT_EQ(MakeBeside(*rows, Asked("one")), absl::OkStatus());
  EXPECT_THAT(NamesIn(folder_), UnorderedElementsAre("generations", "1", "2"));
  ASSERT_EQ(rows->End(), absl::OkStatus());
  EXPECT_THAT(NamesIn(folder_), UnorderedElementsAre("generations", "1"));
  EXPECT_EQ(Value(*rows), "old");
}

TEST_F(GenerationsTest, AFullDiskGetsItsRoomBack) {
  auto rows = WithOldRows();
  ASSERT_EQ(MakeBeside(*rows, Asked("one")), absl::OkStatus());
  files_.room = 0;
  EXPECT_EQ(ErrorReason(rows->End()), "DISK_FULL");
  EXPECT_THAT(NamesIn(folder_), UnorderedElementsAre("generations", "1"));
  files_.room = UINT64_MAX;
  EXPECT_EQ(Value(*rows), "old");
  EXPECT_EQ(MakeBeside(*rows, Asked("two")), absl::OkStatus());
  EXPECT_EQ(Value(**rows->Beside(Asked("two"))), "new");
}

TEST_F(GenerationsTest, RowsThatWereBegunAreFoundAgain) {
  ASSERT_EQ(MakeBeside(*WithOldRows(), Asked("one")), absl::OkStatus());
  std::filesystem::create_directories(folder_ + "/77");
  auto rows = Open();
  EXPECT_THAT(NamesIn(folder_), UnorderedElementsAre("generations", "1", "2"));
  ASSERT_TRUE(rows->rebuild().has_value());
  const auto beside = rows->Beside(*rows->rebuild());
  ASSERT_TRUE(beside.ok()) << beside.status();
  EXPECT_EQ((*beside)->TakeSnapshot()->checkpoint(), (Checkpoint{{1}, 7}));
  EXPECT_EQ(Value(**beside), "new");
  EXPECT_EQ(Value(*rows), "old");
}

TEST_F(GenerationsTest, AnotherRebuildBeginsWithNoRows) {
  auto rows = WithOldRows();
  ASSERT_EQ(MakeBeside(*rows, Asked("one")), absl::OkStatus());
  const auto beside = rows->Beside(Asked("two"));
  ASSERT_TRUE(beside.ok()) << beside.status();
  EXPECT_EQ(Value(**beside), "nothing");
  EXPECT_EQ(rows->rebuild()->rebuild_id(), "two");
}

TEST_F(GenerationsTest, AnotherVersionEmptiesBoth) {
  ASSERT_EQ(MakeBeside(*WithOldRows(), Asked("one")), absl::OkStatus());
  auto rows = Open(2);
  EXPECT_EQ(Value(*rows), "nothing");
  EXPECT_EQ(Value(**rows->Beside(*rows->rebuild())), "nothing");
}

TEST_F(GenerationsTest, AFileThatSaysNothingIsMadeAnewAndDoctorLooksAtWhatIsServed) {
  {
    auto rows = WithOldRows();
    AskedRebuild asked = Asked("one");
    ASSERT_EQ(MakeBeside(*rows, asked), absl::OkStatus());
    ASSERT_EQ(rows->Switch(asked, true), absl::OkStatus());
  }
  EXPECT_EQ(*Generations::ServingIn(files_, folder_), folder_ + "/2");
  EXPECT_EQ(CheckRocksReadModelStore(folder_), absl::OkStatus());
  std::filesystem::remove(folder_ + "/2/CURRENT");
  EXPECT_EQ(ErrorReason(CheckRocksReadModelStore(folder_)), "READ_MODEL_DAMAGED");
  ASSERT_EQ(SystemFiles().Replace(folder_ + "/generations", "serving: zero"), absl::OkStatus());
  EXPECT_EQ(Value(*Open()), "nothing");
}

// As everything that is derived: a start is not refused for what it can make again.
TEST_F(GenerationsTest, AFileThatCannotBeReadIsMadeAnew) {
  WithOldRows();
  const std::string file = folder_ + "/generations";
  std::filesystem::remove(file);
  std::filesystem::create_symlink(file, file);
  EXPECT_EQ(Value(*Open()), "nothing");
  EXPECT_FALSE(std::filesystem::is_symlink(file));
}

TEST_F(GenerationsTest, ASecondSetOfRowsNeedsItsRoom) {
  auto rows = WithOldRows();
  EXPECT_EQ(rows->CheckRoomForAll(), absl::OkStatus());
  // The log's 64 MB, and a little.
  files_.room = (64 << 20) + 10;
  EXPECT_EQ(rows->CheckRoomForSome(), absl::OkStatus());
  EXPECT_EQ(ErrorReason(rows->CheckRoomForAll()), "DISK_FULL");
  files_.room = 64 << 20;
  EXPECT_EQ(ErrorReason(rows->CheckRoomForSome()), "DISK_FULL");
}

// Goal: wherever a process ends, the next one serves the old rows whole or the new ones whole,
// knows of a rebuild that is to go on or to be recorded, and keeps nothing else. Method: no change
// of a file is made any more after the n-th, for each n until all of them are; then the folder is
// opened again.
TEST_F(GenerationsTest, ACrashAtAnyStepLeavesOneSetOfRowsOrTheOtherWhole) {
  const std::vector<std::function<absl::Status(Generations&, AskedRebuild&)>> steps = {
      [](Generations& rows, AskedRebuild& asked) { return MakeBeside(rows, asked); },
      [](Generations& rows, AskedRebuild& asked) { return rows.Switch(asked, true); },
      [](Generations& rows, AskedRebuild&) { return rows.End(); }};
  std::set<std::string> seen;
  bool crashed = true;
  int last = 0;
  for (int changes = 0; crashed; last = changes++) {
    std::filesystem::remove_all(folder_);
    files_.CrashAfter(1 << 20);
    {
      auto rows = WithOldRows();
      files_.CrashAfter(changes);
      AskedRebuild asked = Asked("one");
      bool went_on = true;
      for (const auto& step : steps) went_on = went_on && step(*rows, asked).ok();
      crashed = files_.crashed();
      EXPECT_EQ(went_on, !crashed);
    }
    files_.CrashAfter(1 << 20);
    auto rows = Open();
    const auto rebuild = rows->rebuild();
    const std::string value = Value(*rows);
    const std::string state = !rebuild ? "over" : rebuild->has_done() ? "to record" : "to go on";
    seen.insert(absl::StrCat(value, ", ", state));
    EXPECT_EQ(rows->TakeSnapshot()->checkpoint(), (Checkpoint{{1}, 7}));
    EXPECT_LE(NamesIn(folder_).size(), state == "to go on" ? 3u : 2u)
        << testing::PrintToString(NamesIn(folder_)) << state << value << changes;
    if (state == "to go on") {
      EXPECT_EQ(MakeBeside(*rows, *rebuild), absl::OkStatus());
    }
  }
  EXPECT_THAT(seen,
              UnorderedElementsAre("old, over", "old, to go on", "new, to record", "new, over"));
  EXPECT_GT(last, 10) << "steps at which it ended";
}

TEST_F(GenerationsTest, TablesOfLargeBatchesAreMergedOnRequest) {
  auto rows = Open();
  RocksRows& beside = **rows->Beside(Asked("one"));
  const auto tables = [this] {
    const std::set<std::string> names = NamesIn(folder_ + "/2");
    return std::ranges::count_if(names, [](const auto& name) { return name.ends_with(".sst"); });
  };
  for (std::uint64_t i = 1; i <= 6; ++i) {
    Rows large = RowOf("count", BigEndian(i));
    large.Put("m" + BigEndian(i), std::string(std::size_t{5} << 20, 'x'));
    ASSERT_EQ(beside.Commit(large, {{i}, 7}), absl::OkStatus());
  }
  EXPECT_GE(tables(), 6);
  std::stop_source stopped;
  stopped.request_stop();
  EXPECT_TRUE(absl::IsCancelled(beside.Settle(stopped.get_token())));
  EXPECT_EQ(beside.Settle({}), absl::OkStatus());
  EXPECT_EQ(tables(), 1);
  EXPECT_EQ(beside.TakeSnapshot()->checkpoint(), (Checkpoint{{6}, 7}));
  EXPECT_EQ(beside.TakeSnapshot()->Get("count")->value(), BigEndian(6));
}

}  // namespace generations_test
}  // namespace mlup::projections
