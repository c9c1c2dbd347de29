// Read models made anew beside those that are served: nobody sees less than before, and a rebuild
// that ends early leaves no trace.
#include "projections/rebuild_test.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <unistd.h>

#include "eventstore/base/files.h"
#include "projections/store/keys.h"

namespace mlup::projections::rebuild_test {

RebuildTest::RebuildTest()
    : folder_(testing::TempDir() + absl::StrCat("rebuild_test.", ::getpid())) {
  std::filesystem::remove_all(folder_);
}
RebuildTest::~RebuildTest() { std::filesystem::remove_all(folder_); }

namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// So large that RocksDB writes tables before the process ends.
constexpr std::size_t kRowBytes = 4096;

// The machine's files, on a disk that a test fills.
class FullFiles final : public Files {
 public:
  absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, Mode mode) override {
    return files_.Open(path, mode);
  }
  absl::Status Rename(const std::string& from, const std::string& to) override {
    return files_.Rename(from, to);
  }
  absl::Status Remove(const std::string& path) override { return files_.Remove(path); }
  absl::Status MakeFolder(const std::string& path) override { return files_.MakeFolder(path); }
  absl::StatusOr<std::vector<std::string>> List(const std::string& folder) override {
    return files_.List(folder);
  }
  absl::Status SyncFolder(const std::string& folder) override { return files_.SyncFolder(folder); }
  std::uint64_t Room(const std::string&) override { return room; }
  absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    return files_.Lock(path);
  }

  std::atomic<std::uint64_t> room = UINT64_MAX;

 private:
  Files& files_ = SystemFiles();
};

// A row for each event and one that counts them, and what a test wants to happen at one of them.
class CountProjection final : public Projection {
 public:
  using Meet = std::function<absl::Status(Position)>;

  explicit CountProjection(Meet meet = nullptr, std::size_t bytes = 8)
      : meet_(std::move(meet)), bytes_(bytes) {}
  std::string_view name() const override { return "count"; }
  std::uint32_t version() const override { return 3; }
  absl::Status Apply(const SharedEvent& event, Rows& rows) const override {
    if (meet_) RETURN_IF_ERROR(meet_(event.position()));
    rows.Put("e" + BigEndian(event.position().value), std::string(bytes_, 'x'));
    rows.Put("count", BigEndian(event.position().value));
    return absl::OkStatus();
  }

 private:
  const Meet meet_;
  const std::size_t bytes_;
};

// Holds up whoever comes, once it is closed.
class Gate {
 public:
  void Close() { Set(false); }
  void Open() { Set(true); }
  void Pass() {
    MutexLock lock(mutex_);
    ++waiting_;
    changed_.NotifyAll();
    while (!open_) changed_.Wait(mutex_);
    --waiting_;
  }
  void WaitForSomebody() {
    MutexLock lock(mutex_);
    while (waiting_ == 0) changed_.Wait(mutex_);
  }

 private:
  void Set(bool open) {
    MutexLock lock(mutex_);
    open_ = open;
    changed_.NotifyAll();
  }

  Mutex mutex_;
  Condition changed_;
  bool open_ ABSL_GUARDED_BY(mutex_) = true;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
};

std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename());
  }
  return names;
}

class CountRebuildTest : public RebuildTest {
 protected:
  std::unique_ptr<ReadModel> OpenCount(CountProjection::Meet meet = nullptr) {
    return Open(std::make_unique<CountProjection>(std::move(meet)));
  }
  std::vector<std::string> Kept() const { return NamesIn(folder_ + "/count"); }
};

TEST_F(CountRebuildTest, TheSameRowsTakeTheirPlaceAndWhoAskedIsRecordedWithBothDigests) {
  AppendEvents(log_, 9000);
  const auto model = OpenCount();
  CatchUp(*model);
  const std::string before = Digest(*model);
  ASSERT_EQ(model->rebuild().Begin(Asked()), absl::OkStatus());
  const RebuildStatus status = WaitUntilOver(*model);
  EXPECT_EQ(status.phase(), reports::v1::REBUILD_PHASE_DONE) << status.because();
  EXPECT_EQ(status.digest_served(), before);
  EXPECT_EQ(status.digest_made(), before);
  EXPECT_THAT(status.differing_keys(), IsEmpty());
  EXPECT_EQ(Digest(*model), before);
  ASSERT_EQ(recorded().size(), 1u);
  const AskedRebuild done = recorded()[0];
  EXPECT_EQ(done.actor().actor_id(), "staff-op-1");
  EXPECT_EQ(done.reason(), "figures_doubted");
  EXPECT_EQ(done.done().name(), "count");
  EXPECT_EQ(done.done().version(), 3u);
  EXPECT_EQ(done.done().from(), 1u);
  EXPECT_EQ(done.done().to(), 2u);
  EXPECT_EQ(done.done().position(), 9000u);
  EXPECT_EQ(done.done().digest_from(), before);
  EXPECT_EQ(done.done().digest_to(), before);
  EXPECT_THAT(Kept(), UnorderedElementsAre("generations", "2"));
  // It is kept up from there.
  AppendEvents(log_, 10);
  CatchUp(*model);
  EXPECT_EQ(**model->rows().TakeSnapshot()->Get("count"), BigEndian(9010));
}

TEST_F(CountRebuildTest, WhoReadsMeanwhileNeverSeesLessThanBefore) {
  AppendEvents(log_, 6000);
  const auto model = OpenCount();
  CatchUp(*model);
  std::atomic<bool> over = false;
  std::atomic<int> looks = 0;
  std::string wrong;
  std::thread reader([&] {
    std::uint64_t seen = 6000;
    while (!over) {
      const auto rows = model->rows().TakeSnapshot();
      const std::uint64_t at = rows->checkpoint().position.value;
      std::uint64_t count = 0;
      const absl::Status read = rows->ForEach("e", [&count](std::string_view, std::string_view) {
        ++count;
        return absl::OkStatus();
      });
      if (!read.ok()) wrong = read.ToString();
      if (at < seen) wrong = absl::StrCat("at ", at, " after ", seen);
      if (count != at) wrong = absl::StrCat(count, " rows at ", at);
      if (*rows->Get("count") != BigEndian(at)) wrong = absl::StrCat("another count at ", at);
      seen = at;
      ++looks;
    }
  });
  for (int times = 0; times < 5; ++times) {
    const int looked = looks;
    ASSERT_EQ(model->rebuild().Begin(Asked()), absl::OkStatus());
    // What comes in while it runs is seen too.
    for (int more = 0; !IsOver(*model->rebuilding()) || looks < looked + 3; ++more) {
      if (more < 20) AppendEvents(log_, 20);
      CatchUp(*model);
    }
    EXPECT_EQ(WaitUntilOver(*model).phase(), reports::v1::REBUILD_PHASE_DONE);
    CatchUp(*model);
  }
  over = true;
  reader.join();
  EXPECT_EQ(wrong, "");
  EXPECT_EQ(recorded().size(), 5u);
  for (const AskedRebuild& done : recorded()) {
    EXPECT_EQ(done.done().digest_from(), done.done().digest_to());
  }
}

TEST_F(CountRebuildTest, RowsThatWereAlteredAreToldByTheirDigestAndKeysAndReplaced) {
  AppendEvents(log_, 100);
  std::string right;
  {
    const auto model = OpenCount();
    CatchUp(*model);
    right = Digest(*model);
  }
  {
    const auto rows = *Generations::Open(SystemFiles(), folder_ + "/count", 3);
    Rows altered;
    altered.Put("e" + BigEndian(7), "y");
    altered.Put("f", "invented");
    ASSERT_TRUE(rows->Commit(altered, rows->TakeSnapshot()->checkpoint()).ok());
  }
  const auto model = OpenCount();
  CatchUp(*model);
  const std::uint64_t replaced = model->rows().replaced();
  ASSERT_EQ(model->rebuild().Begin(Asked(/*compare_only=*/true)), absl::OkStatus());
  const RebuildStatus compared = WaitUntilOver(*model);
  EXPECT_EQ(compared.phase(), reports::v1::REBUILD_PHASE_DONE) << compared.because();
  EXPECT_EQ(compared.digest_made(), right);
  EXPECT_NE(compared.digest_served(), right);
  EXPECT_THAT(compared.differing_keys(),
              UnorderedElementsAre("e\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x07", "f"));
  EXPECT_NE(Digest(*model), right) << "only compared";
  EXPECT_THAT(recorded(), IsEmpty());
  EXPECT_THAT(Kept(), UnorderedElementsAre("generations", "1"));

  ASSERT_EQ(model->rebuild().Begin(Asked()), absl::OkStatus());
  EXPECT_EQ(WaitUntilOver(*model).phase(), reports::v1::REBUILD_PHASE_DONE);
  EXPECT_EQ(Digest(*model), right);
  EXPECT_EQ(model->rows().replaced(), replaced + 1) << "who kept what it read reads anew";
  ASSERT_EQ(recorded().size(), 1u);
  EXPECT_NE(recorded()[0].done().digest_from(), recorded()[0].done().digest_to());
}

TEST_F(CountRebuildTest, ACancelledOneLeavesTheRowsThatAreServedAndNothingElse) {
  AppendEvents(log_, 6000);
  Gate gate;
  const auto model = OpenCount([&gate](Position position) {
    if (position.value == 5000) gate.Pass();
    return absl::OkStatus();
  });
  CatchUp(*model);
  const std::string before = Digest(*model);
  EXPECT_EQ(ErrorReason(model->rebuild().Cancel()), "REBUILD_NOT_RUNNING");
  gate.Close();
  ASSERT_EQ(model->rebuild().Begin(Asked()), absl::OkStatus());
  gate.WaitForSomebody();
  EXPECT_EQ(model->rebuilding()->phase(), reports::v1::REBUILD_PHASE_MAKING);
  EXPECT_EQ(model->rebuilding()->events_done(), 4096u);
  EXPECT_EQ(model->rebuilding()->events_total(), 6000u);
  EXPECT_GT(model->rebuilding()->events_per_second(), 0);
  EXPECT_EQ(ErrorReason(model->rebuild().Begin(Asked())), "REBUILD_RUNNING");
  EXPECT_EQ(Digest(*model), before);
  EXPECT_EQ(model->rebuild().Cancel(), absl::OkStatus());
  gate.Open();
  EXPECT_EQ(WaitUntilOver(*model).phase(), reports::v1::REBUILD_PHASE_CANCELLED);
  EXPECT_EQ(Digest(*model), before);
  EXPECT_THAT(Kept(), UnorderedElementsAre("generations", "1"));
  EXPECT_THAT(recorded(), IsEmpty());
}

TEST_F(CountRebuildTest, AnEventThatCannotBeFoldedStopsTheRebuildAndNothingElse) {
  AppendEvents(log_, 6000);
  std::atomic<bool> poisoned = false;
  const auto model = OpenCount([&poisoned](Position position) {
    return poisoned && position.value == 5000
               ? Error(absl::StatusCode::kInternal, "CANNOT", "it cannot")
               : absl::OkStatus();
  });
  CatchUp(*model);
  const std::string before = Digest(*model);
  poisoned = true;
  ASSERT_EQ(model->rebuild().Begin(Asked()), absl::OkStatus());
  const RebuildStatus status = WaitUntilOver(*model);
  EXPECT_EQ(status.phase(), reports::v1::REBUILD_PHASE_STOPPED);
  EXPECT_THAT(status.because(), HasSubstr("EVENT_NOT_APPLIED"));
  EXPECT_THAT(status.because(), HasSubstr("position 5000"));
  EXPECT_EQ(Digest(*model), before);
  EXPECT_THAT(Kept(), UnorderedElementsAre("generations", "1"));
  EXPECT_THAT(recorded(), IsEmpty());
  AppendEvents(log_, 5);
  CatchUp(*model);
  EXPECT_EQ(model->state().stopped_because, "");
}

TEST_F(CountRebuildTest, OneThatMeetsAFullDiskGivesItsRoomBack) {
  AppendEvents(log_, 6000);
  FullFiles files;
  std::atomic<bool> fills = false;
  const auto model = std::make_unique<ReadModel>(
      std::make_unique<CountProjection>([&](Position position) {
        if (fills && position.value == 4000) files.room = 1 << 20;
        return absl::OkStatus();
      }),
      *Generations::Open(files, folder_ + "/count", 3), log_.reader(), Keep());
  CatchUp(*model);
  const std::string before = Digest(*model);
  fills = true;
  ASSERT_EQ(model->rebuild().Begin(Asked()), absl::OkStatus());
  const RebuildStatus status = WaitUntilOver(*model);
  EXPECT_EQ(status.phase(), reports::v1::REBUILD_PHASE_STOPPED);
  EXPECT_THAT(status.because(), HasSubstr("DISK_FULL"));
  EXPECT_EQ(Digest(*model), before);
  EXPECT_THAT(Kept(), UnorderedElementsAre("generations", "1"));
  EXPECT_EQ(ErrorReason(model->rebuild().Begin(Asked())), "DISK_FULL");
}

TEST_F(CountRebuildTest, OneThatARestartInterruptsGoesOnAndIsRecordedOnce) {
  AppendEvents(log_, 9000);
  Gate gate;
  std::string before;
  std::thread opens;
  {
    const auto model = OpenCount([&gate](Position position) {
      if (position.value == 5000) gate.Pass();
      return absl::OkStatus();
    });
    CatchUp(*model);
    before = Digest(*model);
    gate.Close();
    ASSERT_EQ(model->rebuild().Begin(Asked()), absl::OkStatus());
    gate.WaitForSomebody();
    // The end waits for the batch.
    opens = std::thread([&gate] { gate.Open(); });
  }
  opens.join();
  EXPECT_THAT(recorded(), IsEmpty());
  EXPECT_THAT(Kept(), UnorderedElementsAre("generations", "1", "2"));
  std::atomic<int> folded = 0;
  const auto model = OpenCount([&folded](Position) {
    ++folded;
    return absl::OkStatus();
  });
  const RebuildStatus status = WaitUntilOver(*model);
  EXPECT_EQ(status.phase(), reports::v1::REBUILD_PHASE_DONE) << status.because();
  EXPECT_GE(status.resumed_from(), 4096u);
  EXPECT_EQ(folded, 9000 - static_cast<int>(status.resumed_from()));
  EXPECT_EQ(Digest(*model), before);
  ASSERT_EQ(recorded().size(), 1u);
  EXPECT_EQ(recorded()[0].actor().actor_id(), "staff-op-1");
}

// Goal: a process that is killed while it makes rows anew has those on the disk at the next start,
// and goes on from there. Method: another process ends at once within the fold of the second set of
// rows, without closing anything; its log, which is made of the same events, is the one that goes
// on.
TEST_F(CountRebuildTest, OneThatAKillInterruptsGoesOn) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const std::string folder = testing::TempDir() + "rebuild_killed";
  AppendEvents(log_, 9000);
  const auto rebuild_and_die = [this, &folder] {
    std::atomic<int> times = 0;
    auto projection = std::make_unique<CountProjection>(
        [&times](Position position) {
          if (position.value == 8000 && ++times == 2) std::_Exit(7);
          return absl::OkStatus();
        },
        kRowBytes);
    const auto model = *ReadModel::Open(folder, std::move(projection), log_.reader(), Keep());
    CatchUp(*model);
    if (!model->rebuild().Begin(Asked()).ok()) std::_Exit(1);
    WaitUntilOver(*model);
    std::_Exit(2);
  };
  std::filesystem::remove_all(folder);
  EXPECT_EXIT(rebuild_and_die(), testing::ExitedWithCode(7), "");
  {
    const auto model = *ReadModel::Open(
        folder, std::make_unique<CountProjection>(nullptr, kRowBytes), log_.reader(), Keep());
    const RebuildStatus status = WaitUntilOver(*model);
    EXPECT_EQ(status.phase(), reports::v1::REBUILD_PHASE_DONE) << status.because();
    EXPECT_GT(status.resumed_from(), 0u);
    EXPECT_LT(status.resumed_from(), 8000u);
    CatchUp(*model);
    EXPECT_EQ(**model->rows().TakeSnapshot()->Get("count"), BigEndian(9000));
    ASSERT_EQ(recorded().size(), 1u);
    EXPECT_EQ(recorded()[0].done().digest_from(), recorded()[0].done().digest_to());
  }
  std::filesystem::remove_all(folder);
}

TEST_F(CountRebuildTest, RowsThatWereBegunOfAnotherHistoryAreBegunAnew) {
  {
    const auto rows = *Generations::Open(SystemFiles(), folder_ + "/count", 3);
    Rows foreign;
    foreign.Put("left over", "of another log");
    ASSERT_TRUE((*rows->Beside(Asked()))->Commit(foreign, {{4}, 12345}).ok());
  }
  AppendEvents(log_, 100);
  const auto model = OpenCount();
  CatchUp(*model);
  const RebuildStatus status = WaitUntilOver(*model);
  EXPECT_EQ(status.phase(), reports::v1::REBUILD_PHASE_DONE) << status.because();
  EXPECT_EQ(status.resumed_from(), 0u);
  EXPECT_EQ(*model->rows().TakeSnapshot()->Get("left over"), std::nullopt);
}

TEST_F(CountRebuildTest, WhatCannotBeRecordedIsServedAndTriedAgainThroughARestart) {
  AppendEvents(log_, 100);
  AnswerRecords(Error(absl::StatusCode::kUnavailable, "LOG_AWAY", "the log is away"));
  {
    const auto model = OpenCount();
    CatchUp(*model);
    ASSERT_EQ(model->rebuild().Begin(Asked()), absl::OkStatus());
    while (recorded().size() < 2) std::this_thread::yield();
    EXPECT_EQ(model->rebuilding()->phase(), reports::v1::REBUILD_PHASE_RECORDING);
    EXPECT_THAT(model->rebuilding()->because(), HasSubstr("the log is away"));
    EXPECT_EQ(ErrorReason(model->rebuild().Cancel()), "REBUILD_NOT_RUNNING");
    EXPECT_EQ(ErrorReason(model->rebuild().Begin(Asked())), "REBUILD_RUNNING");
  }
  EXPECT_THAT(Kept(), UnorderedElementsAre("generations", "2"));
  AnswerRecords(absl::OkStatus());
  const auto model = OpenCount();
  const RebuildStatus status = WaitUntilOver(*model);
  EXPECT_EQ(status.phase(), reports::v1::REBUILD_PHASE_DONE);
  EXPECT_EQ(status.position(), 100u);
  EXPECT_EQ(status.digest_made().size(), 64u);
  EXPECT_EQ(status.digest_served(), status.digest_made());
  const std::vector<AskedRebuild> all = recorded();
  EXPECT_EQ(all.back().SerializeAsString(), all.front().SerializeAsString()) << "the same event";
}

TEST_F(CountRebuildTest, DamageMeanwhileEndsWithTheRightRows) {
  AppendEvents(log_, 9000);
  std::string before;
  {
    const auto model = OpenCount();
    CatchUp(*model);
    before = Digest(*model);
  }
  for (const auto& file : std::filesystem::directory_iterator(folder_ + "/count/1")) {
    if (file.path().extension() != ".sst") continue;
    std::fstream table(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    table.seekp(static_cast<std::streamoff>(std::filesystem::file_size(file.path()) / 2));
    table << "other bytes";
  }
  const auto model = OpenCount();
  ASSERT_EQ(model->rebuild().Begin(Asked()), absl::OkStatus());
  const RebuildStatus status = WaitUntilOver(*model);
  EXPECT_EQ(status.phase(), reports::v1::REBUILD_PHASE_DONE) << status.because();
  CatchUp(*model);
  EXPECT_EQ(Digest(*model), before);
  EXPECT_EQ(model->state().stopped_because, "");
}

}  // namespace
}  // namespace mlup::projections::rebuild_test
