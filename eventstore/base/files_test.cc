// One behaviour for the system's files and the simulated ones, and what a power cut leaves.
#include "eventstore/base/files.h"

#include <filesystem>
#include <set>

#include "gtest/gtest.h"

#include "eventstore/base/random.h"
#include "eventstore/base/simulated_files.h"
#include "eventstore/base/status.h"

namespace mlup {
namespace {

void BehavesAsFilesDo(Files& files, const std::string& root) {
  ASSERT_TRUE(files.MakeFolder(root + "/a/b").ok());
  ASSERT_TRUE(files.MakeFolder(root + "/a/b").ok());
  auto file = files.Open(root + "/a/x", Files::Mode::kCreate);
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE((*file)->Preallocate(3000).ok());
  ASSERT_TRUE((*file)->Write(1000, "hello").ok());
  ASSERT_TRUE((*file)->Sync().ok());
  EXPECT_EQ(*(*file)->Size(), 3000u);
  EXPECT_EQ(*(*file)->Read(999, 7), std::string("\0hello\0", 7));
  EXPECT_EQ((*file)->Read(2990, 100)->size(), 10u);
  EXPECT_EQ((*file)->Read(5000, 10)->size(), 0u);

  EXPECT_TRUE(files.Replace(root + "/a/mark", "one").ok());
  EXPECT_TRUE(files.Replace(root + "/a/mark", "two").ok());
  EXPECT_EQ(*files.ReadAll(root + "/a/mark"), "two");
  EXPECT_EQ(*files.List(root + "/a"), (std::vector<std::string>{"b", "mark", "x"}));
  ASSERT_TRUE(files.Rename(root + "/a", root + "/c").ok());
  EXPECT_TRUE(files.SyncFolder(root).ok());
  EXPECT_TRUE(*files.Exists(root + "/c/b"));
  EXPECT_TRUE(*files.Exists(root + "/c/mark"));
  EXPECT_FALSE(*files.Exists(root + "/a"));
  ASSERT_TRUE(files.Remove(root + "/c/mark").ok());
}

void NamesWhatIsMissingOrHeld(Files& files, const std::string& root) {
  ASSERT_TRUE(files.MakeFolder(root + "/gone/deep").ok());
  ASSERT_TRUE(files.Replace(root + "/gone/deep/x", "x").ok());
  EXPECT_TRUE(files.RemoveTree(root + "/gone").ok());
  EXPECT_TRUE(files.RemoveTree(root + "/gone").ok());
  EXPECT_FALSE(*files.Exists(root + "/gone"));

  for (const absl::Status& status :
       {files.ReadAll(root + "/c/mark").status(), files.List(root + "/a").status(),
        files.Open(root + "/a/x", Files::Mode::kWrite).status(),
        files.Open(root + "/a/x", Files::Mode::kCreate).status(), files.Remove(root + "/none"),
        files.Rename(root + "/none", root + "/other")}) {
    EXPECT_TRUE(absl::IsNotFound(status)) << status;
  }

  auto lock = files.Lock(root + "/lock");
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(ErrorReason(files.Lock(root + "/lock").status()), "FILE_LOCKED");
  lock->reset();
  EXPECT_TRUE(files.Lock(root + "/lock").ok());
}

TEST(FilesTest, TheSystemsFilesAndTheSimulatedOnesBehaveAlike) {
  const std::string root = testing::TempDir() + "files-" + std::to_string(SystemRandom().Next());
  BehavesAsFilesDo(SystemFiles(), root);
  NamesWhatIsMissingOrHeld(SystemFiles(), root);
  std::filesystem::remove_all(root);
  SimulatedFiles simulated;
  BehavesAsFilesDo(simulated, "/disk");
  NamesWhatIsMissingOrHeld(simulated, "/disk");
}

TEST(SimulatedFilesTest, APowerCutKeepsWhatWasSyncedAndTearsTheRest) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    SimulatedFiles files;
    ASSERT_TRUE(files.MakeFolder("/d").ok());
    ASSERT_TRUE(files.SyncFolder("/").ok());
    auto file = files.Open("/d/x", Files::Mode::kCreate);
    ASSERT_TRUE((*file)->Write(0, std::string(2048, 'a')).ok());
    ASSERT_TRUE((*file)->Sync().ok());
    ASSERT_TRUE(files.SyncFolder("/d").ok());
    ASSERT_TRUE((*file)->Write(512, std::string(1024, 'b')).ok());
    files.PowerCut(seed);
    EXPECT_FALSE((*file)->Sync().ok());
    const std::string left = *files.ReadAll("/d/x");
    ASSERT_EQ(left.size(), 2048u);
    EXPECT_EQ(left.substr(0, 512) + left.substr(1536), std::string(1024, 'a'));
    seen.insert({left[512], left[1024]});
  }
  EXPECT_EQ(seen, (std::set<std::string>{"aa", "ab", "ba", "bb"}));
}

TEST(SimulatedFilesTest, NamesThatWereNotSyncedMayBeUndoneInOrder) {
  int undone = 0;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    SimulatedFiles files;
    ASSERT_TRUE(files.MakeFolder("/d").ok());
    ASSERT_TRUE(files.SyncFolder("/").ok());
    ASSERT_TRUE(files.Replace("/d/mark", "old").ok());
    ASSERT_TRUE(files.Open("/d/x", Files::Mode::kCreate).ok());
    ASSERT_TRUE(files.Rename("/d/x", "/d/y").ok());
    files.PowerCut(seed);
    EXPECT_EQ(*files.ReadAll("/d/mark"), "old");
    EXPECT_FALSE(*files.Exists("/d/x") && *files.Exists("/d/y"));
    undone += *files.Exists("/d/y") ? 0 : 1;
  }
  EXPECT_GT(undone, 16);
  EXPECT_LT(undone, 60);
}

TEST(SimulatedFilesTest, FaultsComeAtTheOperationAskedFor) {
  SimulatedFiles files;
  ASSERT_TRUE(files.MakeFolder("/d").ok());
  auto file = files.Open("/d/x", Files::Mode::kCreate);
  files.FailAfter(2, SimulatedFiles::Fault::kDiskFull);
  EXPECT_TRUE((*file)->Write(0, "a").ok());
  EXPECT_EQ(ErrorReason((*file)->Write(1, "b")), "DISK_FULL");
  EXPECT_TRUE((*file)->Sync().ok());
  files.CutAfter(1);
  EXPECT_FALSE((*file)->Write(0, "c").ok());
  EXPECT_FALSE((*file)->Sync().ok());
  files.PowerCut(1);
  EXPECT_TRUE(files.MakeFolder("/e").ok());
}

}  // namespace
}  // namespace mlup
