// What a start does with each kind of damage to one copy of the log or the other.
#include "eventstore/log/rocks_start_up.h"

#include <algorithm>

#include "gtest/gtest.h"

#include "eventstore/base/random.h"
#include "eventstore/log/check_store.h"
#include "eventstore/log/keys.h"
#include "eventstore/log/start_up_fixture.h"

namespace mlup::log {
namespace {

// What RocksDB shows by itself, opened as anybody would: -1 when it refuses.
int CountAlone(LogWorld& world) {
  rocksdb::Options options;
  options.env = world.env.get();
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  if (!rocksdb::DB::OpenForReadOnly(options, world.places.store, StoreFamilies(options), &handles,
                                    &db)
           .ok()) {
    return -1;
  }
  const std::unique_ptr<rocksdb::DB> owner(db);
  int count = 0;
  {
    const std::unique_ptr<rocksdb::Iterator> blocks(db->NewIterator({}, handles[1]));
    for (blocks->SeekToFirst(); blocks->Valid(); blocks->Next()) {
      const auto block = LoadBlock(*blocks, {1});
      EXPECT_TRUE(block.ok()) << block.status();
      count += static_cast<int>((*block)->block().records.size());
    }
    EXPECT_TRUE(blocks->status().ok());
  }
  for (auto* handle : handles) EXPECT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
  return count;
}

// The largest write-ahead log.
std::string WalOf(LogWorld& world) {
  const auto wals = world.Find(world.places.store, ".log");
  return *std::max_element(wals.begin(), wals.end(), [&](const auto& a, const auto& b) {
    return world.disk.ReadAll(a)->size() < world.disk.ReadAll(b)->size();
  });
}

TEST_F(StartUpTest, AFlippedBitInTheWriteAheadLogLosesEventsSilentlyButNotOurs) {
  Begin(40);
  Kill();
  Change(WalOf(*this), [](std::string& bytes) { bytes[bytes.size() / 2] ^= 1; });
  const int alone = CountAlone(*this);
  EXPECT_GT(alone, 0);
  EXPECT_LT(alone, 40);  // and every one of the 40 was acknowledged
  EXPECT_EQ(ExamineLog(places)->verdict->repair, Repair::kReplay);
  OpensWith(Repair::kReplay);
}

TEST_F(StartUpTest, AShortenedZeroedOrDeletedWriteAheadLogIsCompletedFromTheJournal) {
  const std::vector<std::function<void(std::string&)>> damages = {
      [](std::string& bytes) { bytes.resize(bytes.size() / 2); },
      [](std::string& bytes) { bytes.replace(4096, 4096, 4096, '\0'); },
      [](std::string& bytes) { bytes.clear(); }};
  for (const auto& damage : damages) {
    ASSERT_TRUE(Open().ok());
    ASSERT_TRUE(Append(40).ok());
    Kill();
    Change(WalOf(*this), damage);
    EXPECT_LT(CountAlone(*this), static_cast<int>(acknowledged()));
    OpensWith(Repair::kReplay);
  }
}

// Ends of the records of a MANIFEST: a header of 7 bytes, the length in the fifth and sixth.
std::vector<std::size_t> RecordEnds(const std::string& manifest) {
  std::vector<std::size_t> ends;
  for (std::size_t at = 0; at + 7 <= manifest.size();) {
    const auto low = static_cast<unsigned char>(manifest[at + 4]);
    const auto high = static_cast<unsigned char>(manifest[at + 5]);
    at += 7 + low + (std::size_t{high} << 8);
    if (at <= manifest.size()) ends.push_back(at);
  }
  return ends;
}

TEST_F(StartUpTest, AManifestCutAtARecordLosesEventsSilentlyButNotOurs) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append(20).ok());
  ASSERT_TRUE(Open().ok());  // what was in the write-ahead log becomes a table
  ASSERT_TRUE(Append(10).ok());
  Close();
  const auto names = *disk.List(places.store);
  const std::string manifest =
      places.store + "/" + *std::find_if(names.begin(), names.end(), [](const auto& name) {
        return name.starts_with("MANIFEST-");
      });
  const auto store = Save(places.store);
  const auto journal = Save(places.journal);
  const std::string state = *disk.ReadAll(StatePath(places));
  int silent = 0;
  for (const std::size_t end : RecordEnds(store.at(manifest))) {
    Close();
    Restore(places.store, store);
    Restore(places.journal, journal);
    ASSERT_TRUE(disk.Replace(StatePath(places), state).ok());
    Change(manifest, [end](std::string& bytes) { bytes.resize(end); });
    const int alone = CountAlone(*this);
    silent += alone >= 0 && alone < 30 ? 1 : 0;
    ASSERT_TRUE(Open().ok());
    EXPECT_EQ(log->Head()->value, 30u);
    ExpectEverything();
  }
  EXPECT_GT(silent, 0);
}

TEST_F(StartUpTest, AnUnsyncedPutIsSeenByReadersOfRocksDbAndLostButNeverShownByUs) {
  log_options.wait_for_both_copies = false;
  // RocksDB alone: a reader sees what a power cut takes away.
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 16; ++seed) {
    rocksdb::Options options;
    options.env = env.get();
    options.create_if_missing = true;
    const std::string path = "/disk/alone" + std::to_string(seed);
    rocksdb::DB* db = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(options, path, &db).ok());
    std::unique_ptr<rocksdb::DB> owner(db);
    ASSERT_TRUE(db->Put({}, "key", "value").ok());
    std::string value;
    ASSERT_TRUE(db->Get({}, "key", &value).ok());
    disk.CutAfter(1);
    owner.reset();
    disk.PowerCut(seed);
    ASSERT_TRUE(rocksdb::DB::Open(options, path, &db).ok());
    owner.reset(db);
    lost += db->Get({}, "key", &value).IsNotFound() ? 1 : 0;
  }
  EXPECT_GT(lost, 0);

  // Ours: the frame was written and not synced, so nobody is shown it.
  int failures = 0;
  log_options.on_failure = [&](const absl::Status&) { ++failures; };
  Begin(3);
  const pb::AppendRequest request = appends.To(appends.Stream());
  disk.FailAfter(2, SimulatedFiles::Fault::kError);
  EXPECT_EQ(ErrorReason(log->Append(request).status()), "LOG_STOPPED");
  EXPECT_EQ(failures, 1);
  EXPECT_EQ(log->Head()->value, 3u);
  EXPECT_EQ(log->ReadAll({})->records_size(), 3);
  EXPECT_FALSE(log->Lookup(LookupOf(request))->found());
  EXPECT_EQ(ErrorReason(Append(1)), "LOG_STOPPED");
  Kill();
  // It was in the file: kept, and made durable before anybody sees it.
  OpensWith(Repair::kReplay);
  EXPECT_TRUE(log->Append(request)->replayed());
}

TEST_F(StartUpTest, AFailedSyncOfTheJournalStopsTheLog) {
  Begin(3);
  disk.FailAfter(2, SimulatedFiles::Fault::kDiskFull);  // even if it says that the disk is full
  EXPECT_EQ(ErrorReason(Append(1)), "LOG_STOPPED");
  EXPECT_EQ(ErrorReason(Append(1)), "LOG_STOPPED");
  EXPECT_EQ(log->Head()->value, 3u);
}

TEST_F(StartUpTest, AFullDiskUnderTheJournalRefusesAndLeavesNothingBehind) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append(4, 1, 240'000).ok());
  for (std::uint64_t k = 1; k <= 3; ++k) {  // while the next segment is made
    disk.FailAfter(k, SimulatedFiles::Fault::kDiskFull);
    EXPECT_EQ(ErrorReason(Append(1, 1, 240'000)), "DISK_FULL");
    EXPECT_EQ(log->Head()->value, 4u);
  }
  ASSERT_TRUE(Append(1, 1, 240'000).ok());
  Kill();
  OpensWith(Repair::kNone);
}

TEST_F(StartUpTest, RocksDbIsSyncedSoonAfterTheLastWrite) {
  log_options.wait_for_both_copies = false;
  Begin(5);
  const std::uint64_t before = disk.operations();
  for (int i = 0; i < 100 && disk.operations() < before + 2; ++i) {
    ASSERT_TRUE(log->WaitPast({5}, absl::Milliseconds(50)).ok());
  }
  disk.CutAfter(1);
  CutPower(3);
  EXPECT_EQ(CountAlone(*this), 5);
}

TEST_F(StartUpTest, WithBothCopiesWaitedForRocksDbHasEverythingAtOnce) {
  log_options.wait_for_both_copies = true;
  Begin(5);
  disk.CutAfter(1);
  CutPower(3);
  EXPECT_EQ(CountAlone(*this), 5);
}

TEST_F(StartUpTest, AMissingJournalIsRefusedNamingWhatIsCertainUnlessTheLogWasClosed) {
  Begin(12);
  Kill();
  ASSERT_TRUE(disk.RemoveTree(places.journal).ok());
  IsRefused("JOURNAL_MISSING", "Certain are positions 1 to 12");
  log_options.accept_loss_after = Position{11};
  IsRefused("JOURNAL_MISSING", "--accept-loss-after 12");
  log_options.accept_loss_after = Position{12};
  OpensWith(Repair::kNewJournal);
  log_options.accept_loss_after.reset();

  Close();
  ASSERT_TRUE(disk.RemoveTree(places.journal).ok());
  OpensWith(Repair::kNewJournal);
}

TEST_F(StartUpTest, AnUnmountedJournalIsAMissingOneAndComesBackStale) {
  Begin(5);
  Kill();
  const std::string mounted = places.journal;
  places.journal = "/disk/mount/journal";
  IsRefused("JOURNAL_MISSING", "Certain are positions 1 to 5");
  places.journal = mounted;
  OpensWith(Repair::kNone);

  Close();
  places.journal = "/disk/mount/journal";
  OpensWith(Repair::kNewJournal);
  ASSERT_TRUE(Append(3).ok());
  Kill();
  places.journal = mounted;
  IsRefused("JOURNAL_STALE", "the journal ends at position 6, more than one commit before RocksDB");
  places.journal = "/disk/mount/journal";
  OpensWith(Repair::kNone);
  Close();
  places.journal = mounted;
  OpensWith(Repair::kBackfill);
}

TEST_F(StartUpTest, AStaleJournalIsRefusedNamingWhatIsCertain) {
  Begin(10);
  const auto old = Save(places.journal);
  ASSERT_TRUE(Append(5).ok());
  Kill();
  Restore(places.journal, old);
  IsRefused("JOURNAL_STALE", "Certain are positions 1 to 15");
  log_options.accept_loss_after = Position{15};
  OpensWith(Repair::kBackfill);
}

TEST_F(StartUpTest, AStoreThatLagsIsCompletedAndOneThatIsGoneIsRebuilt) {
  Begin(10);
  Close();
  const auto old = Save(places.store);
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append(7, 2).ok());
  Close();
  Restore(places.store, old);
  OpensWith(Repair::kReplay);
  Close();
  ASSERT_TRUE(disk.RemoveTree(places.store).ok());
  OpensWith(Repair::kRebuild);
  Close();
  ASSERT_TRUE(disk.RemoveTree(places.store).ok());
  ASSERT_TRUE(disk.Remove(StatePath(places)).ok());
  OpensWith(Repair::kRebuild);
}

TEST_F(StartUpTest, OlderCopiesOfBothAreRefusedWhereTheMarkKnowsBetter) {
  Begin(10);
  Close();
  const auto store = Save(places.store);
  const auto journal = Save(places.journal);
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append(5).ok());
  Close();
  Restore(places.store, store);
  Restore(places.journal, journal);
  IsRefused("BOTH_DAMAGED", "ends at position 10 although the log went on to 15");
}

TEST_F(StartUpTest, ADamagedLastFrameIsBackfilledFromRocksDb) {
  Begin(10);
  Kill();
  const auto scan = journal::ScanJournal(disk, places.journal,
                                         [](const auto&, const auto&) { return absl::OkStatus(); });
  Change(LastSegment(), [&](std::string& bytes) { bytes[scan->offset - 20] ^= 1; });
  OpensWith(Repair::kBackfill);
}

TEST_F(StartUpTest, DamageInTheMiddleOfTheJournalIsRewrittenFromRocksDb) {
  Begin(20);
  Kill();
  const auto scan = journal::ScanJournal(disk, places.journal,
                                         [](const auto&, const auto&) { return absl::OkStatus(); });
  const auto damage = [&](std::string& bytes) { bytes[scan->offset / 2] ^= 1; };
  Change(LastSegment(), damage);
  EXPECT_EQ(ExamineLog(places)->verdict->repair, Repair::kRewriteJournal);
  OpensWith(Repair::kRewriteJournal);
  EXPECT_TRUE(JournalSet().ends_with("000002"));

  Kill();
  Change(LastSegment(), [](std::string& bytes) { bytes[600] ^= 1; });
  Change(WalOf(*this), [](std::string& bytes) { bytes.clear(); });
  Change(places.store + "/CURRENT", [](std::string& bytes) { bytes = "nonsense"; });
  IsRefused("BOTH_DAMAGED", "positions 1 to 20 are damaged in");
}

TEST_F(StartUpTest, AShortenedJournalIsRefusedUnlessTheLogWasClosed) {
  Begin(10);
  Kill();
  Change(LastSegment(), [](std::string& bytes) { bytes.resize(2000); });
  IsRefused("JOURNAL_STALE", "the end of the journal is damaged");
  log_options.accept_loss_after = Position{10};
  OpensWith(Repair::kRewriteJournal);
  log_options.accept_loss_after.reset();
  Close();
  Change(LastSegment(), [](std::string& bytes) { bytes.resize(2000); });
  OpensWith(Repair::kRewriteJournal);
}

TEST_F(StartUpTest, TheJournalOfAnotherLogIsRefused) {
  Begin(3);
  Close();
  const std::string own = places.journal;
  places = {"/disk/other", "/second/other", &disk, env.get()};
  ASSERT_TRUE(Open().ok());
  Close();
  places = {"/disk/log", "/second/other", &disk, env.get()};
  IsRefused("JOURNAL_FOREIGN", "another log");
  places.journal = own;
  OpensWith(Repair::kNone);
}

TEST_F(StartUpTest, TwoProcessesCannotHaveOneLog) {
  Begin(3);
  EXPECT_EQ(ErrorReason(ExamineLog(places).status()), "FILE_LOCKED");
  EXPECT_EQ(ErrorReason(RocksEventLog::Open({}, places, clock).status()), "FILE_LOCKED");
}

TEST_F(StartUpTest, ABitFlippedInATableIsFoundByTheWholeExamination) {
  Begin(20);
  ASSERT_TRUE(Open().ok());  // now the events are in tables
  Close();
  for (const std::string& table : Find(places.store, ".sst")) {
    Change(table, [](std::string& bytes) { bytes[20] ^= 1; });
  }
  const auto found = ExamineLog(places);
  EXPECT_EQ(found->verdict->repair, Repair::kRebuild) << found->verdict->words;
  ASSERT_TRUE(WriteLogState(disk, StatePath(places),
                            {.journal_id = found->state.journal_id, .suspect = "told so"})
                  .ok());
  OpensWith(Repair::kRebuild);
}

// What the doctor says, word for word, on the system's own files.
TEST(CheckStoreTest, TellsTheStateInPlainWords) {
  const std::string root = testing::TempDir() + "doctor-" + Appends(SystemRandom().Next()).Id();
  const std::string store = root + "/log";
  const std::string journal = root + "/journal";
  const auto check = [&] { return CheckStore(store, journal); };
  EXPECT_EQ(check().health, StoreReport::Health::kSound);
  ManualClock clock(absl::FromUnixSeconds(1'700'000'000));
  Appends appends(1);
  auto log = RocksEventLog::Open({.path = store, .journal = journal}, clock);
  ASSERT_TRUE(log.ok()) << log.status();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE((*log)->Append(appends.To(appends.Stream())).ok());
  EXPECT_EQ(check().health, StoreReport::Health::kUnknown);
  EXPECT_NE(check().text.find("A process has the log open"), std::string::npos);
  log->reset();

  EXPECT_EQ(check().health, StoreReport::Health::kSound);
  EXPECT_EQ(check().text,
            "RocksDB  " + store + ": whole, positions 1 to 3\nJournal  " + journal +
                ": whole, positions 1 to 3\nLeft     closed cleanly, positions 1 to 3\n"
                "Result   both copies are whole and equal, positions 1 to 3.\nTo do    nothing.\n");

  ASSERT_TRUE(SystemFiles().RemoveTree(store).ok());
  EXPECT_EQ(check().health, StoreReport::Health::kRepairable);
  EXPECT_NE(check().text.find("RocksDB is rebuilt from it, positions 1 to 3"), std::string::npos);

  ASSERT_TRUE(SystemFiles().RemoveTree(journal).ok());
  EXPECT_EQ(check().health, StoreReport::Health::kRefused);
  EXPECT_NE(check().text.find("REFUSED (BOTH_DAMAGED)"), std::string::npos) << check().text;
  ASSERT_TRUE(SystemFiles().RemoveTree(root).ok());
}

// Goal: damage to one copy never loses an event and never makes a wrong answer. Method: one random
// damage to one random file of either copy, after a close or a kill; the log is repaired, or it is
// refused, or a read names the damage and the next start repairs it. Whether it is refused is what
// doctor says before.
TEST_F(StartUpTest, RandomDamageToOneCopyIsRepairedOrRefused) {
  int refused = 0;
  int repaired = 0;
  for (std::uint64_t seed = 1; seed <= 300 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    LogWorld world;
    world.log_options.wait_for_both_copies = true;
    for (std::uint64_t life = random.Next() % 3 + 1; life > 0; --life) {
      ASSERT_TRUE(world.Open().ok());
      ASSERT_TRUE(world.Append(1 + static_cast<int>(random.Next() % 30)).ok());
    }
    if (random.Next() % 2 == 0) world.Kill();
    world.Close();
    auto saved = world.Save(random.Next() % 2 == 0 ? world.places.store : world.places.journal);
    std::erase_if(saved, [](const auto& file) { return file.second.empty(); });
    const auto file =
        std::next(saved.begin(), static_cast<std::ptrdiff_t>(random.Next() % saved.size()));
    const std::size_t used = file->second.find_last_not_of('\0') + 1;
    const std::size_t at = random.Next() % used;
    SCOPED_TRACE(file->first + " at " + std::to_string(at));
    switch (random.Next() % 4) {
      case 0:
        world.Change(file->first, [at](std::string& bytes) { bytes[at] ^= 16; });
        break;
      case 1:
        world.Change(file->first, [at](std::string& bytes) {
          const std::size_t sector = at / 512 * 512;
          const std::size_t count = std::min<std::size_t>(512, bytes.size() - sector);
          bytes.replace(sector, count, count, '\0');
        });
        break;
      case 2:
        world.Change(file->first, [at](std::string& bytes) { bytes.resize(at); });
        break;
      case 3:
        ASSERT_TRUE(world.disk.Remove(file->first).ok());
        break;
    }
    const auto examined = ExamineLog(world.places);
    ASSERT_TRUE(examined.ok()) << examined.status();
    absl::Status status = world.Open();
    EXPECT_EQ(ErrorReason(status), ErrorReason(examined->verdict.status())) << status;
    if (status.ok() && !world.log->ReadAll({}).ok()) status = world.Open();  // named, then repaired
    if (!status.ok()) {
      EXPECT_FALSE(ErrorReason(status).empty()) << status;
      ++refused;
      continue;
    }
    world.ExpectEverything();
    if (world.repair() != Repair::kNone) ++repaired;
  }
  RecordProperty("repaired", repaired);
  RecordProperty("refused", refused);
  EXPECT_GT(repaired, 100);
  EXPECT_LT(refused, 60);
}

}  // namespace
}  // namespace mlup::log
