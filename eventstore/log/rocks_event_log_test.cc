// What only the log on disk promises: it keeps everything, equals the model, and stops when it
// must.
#include "eventstore/log/rocks_event_log.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <sched.h>

#include "eventstore/base/status.h"
#include "eventstore/log/keys.h"
#include "eventstore/log/memory_event_log.h"
#include "eventstore/log/rocks_start_up.h"
#include "eventstore/log/test_appends.h"

namespace mlup::log {
namespace {

// What the next sync of a write-ahead log meets.
enum class Fault { kNone, kError, kDiskFull };

class FaultyFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultyFile(std::unique_ptr<rocksdb::FSWritableFile>&& file, const std::atomic<Fault>& fault)
      : FSWritableFileOwnerWrapper(std::move(file)), fault_(fault) {}

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    if (fault_ == Fault::kDiskFull) return Fill(data, options, debug);
    return FSWritableFileOwnerWrapper::Append(data, options, debug);
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& verification,
                           rocksdb::IODebugContext* debug) override {
    if (fault_ == Fault::kDiskFull) return Fill(data, options, debug);
    return FSWritableFileOwnerWrapper::Append(data, options, verification, debug);
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* debug) override {
    if (fault_ == Fault::kError) return rocksdb::IOStatus::IOError("sync failed");
    return FSWritableFileOwnerWrapper::Sync(options, debug);
  }

 private:
  // Half of it still fits.
  rocksdb::IOStatus Fill(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* debug) {
    const rocksdb::Slice half(data.data(), data.size() / 2);
    const rocksdb::IOStatus status = FSWritableFileOwnerWrapper::Append(half, options, debug);
    return status.ok() ? rocksdb::IOStatus::NoSpace("no space") : status;
  }

  const std::atomic<Fault>& fault_;
};

// The real files, whose write-ahead logs fail on demand. Any thread.
class FaultyFiles final : public rocksdb::FileSystemWrapper {
 public:
  FaultyFiles() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

  const char* Name() const override { return "FaultyFiles"; }
  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    rocksdb::IOStatus status = FileSystemWrapper::NewWritableFile(name, options, file, debug);
    if (status.ok() && std::filesystem::path(name).extension() == ".log") {
      *file = std::make_unique<FaultyFile>(std::move(*file), fault);
    }
    return status;
  }

  std::atomic<Fault> fault = Fault::kNone;
};

// The number of the thread of this process that has this name; -1 when there is none.
pid_t ThreadNamed(std::string_view name) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(entry.path() / "comm");
    std::string line;
    if (std::getline(file, line) && line == name) return std::stoi(entry.path().filename());
  }
  return -1;
}

class RocksEventLogTest : public testing::Test {
 protected:
  ~RocksEventLogTest() override {
    log_.reset();
    std::filesystem::remove_all(root_);
  }

  // Closes the log, if it is open, and opens it again.
  absl::Status Reopen() {
    log_.reset();
    const LogPlaces places{path_, root_ + "/journal", &SystemFiles(), env_.get()};
    ASSIGN_OR_RETURN(log_, RocksEventLog::Open(options_, places, clock_));
    return absl::OkStatus();
  }

  // Closes the log; the largest write-ahead log, which is replayed at the next open.
  std::filesystem::path CloseAndFindWal() {
    log_.reset();
    std::filesystem::path found;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      if (entry.path().extension() != ".log") continue;
      if (found.empty() || entry.file_size() > std::filesystem::file_size(found))
        found = entry.path();
    }
    return found;
  }

  // Changes the store behind the log's back while it is closed.
  void Tamper(
      const std::function<void(rocksdb::DB&, std::vector<rocksdb::ColumnFamilyHandle*>&)>& change) {
    log_.reset();
    rocksdb::DBOptions options;
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const char* name : {"default", "blocks", "streams", "requests", "ids"}) {
      families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    }
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(options, path_, families, &handles, &db).ok());
    const std::unique_ptr<rocksdb::DB> owner(db);
    change(*db, handles);
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
      ASSERT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
    }
  }

  ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  Appends appends_{7};
  RocksEventLog::Options options_;
  const std::string root_ = testing::TempDir() + "rocks-" + Appends(SystemRandom().Next()).Id();
  const std::string path_ = root_ + "/log";
  const std::shared_ptr<FaultyFiles> files_ = std::make_shared<FaultyFiles>();
  const std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(files_);
  std::unique_ptr<RocksEventLog> log_;
};

TEST_F(RocksEventLogTest, ReopeningKeepsEverything) {
  ASSERT_TRUE(Reopen().ok());
  pb::AppendRequest request = appends_.To(appends_.Stream(), 2);
  ASSERT_TRUE(log_->Append(request).ok());
  const std::string before = log_->ReadAll({})->SerializeAsString();

  clock_.Advance(-absl::Hours(1));
  ASSERT_TRUE(Reopen().ok());
  EXPECT_EQ(log_->Head()->value, 2u);
  EXPECT_EQ(log_->ReadAll({})->SerializeAsString(), before);
  EXPECT_TRUE(log_->Append(request)->replayed());

  pb::AppendRequest next = appends_.Empty();
  appends_.Add(next, request.writes(0).stream()).set_revision(2);
  ASSERT_TRUE(log_->Append(next).ok());
  const auto page = log_->ReadAll({});
  ASSERT_EQ(page->records_size(), 3);
  EXPECT_EQ(page->records(2).recorded_at().seconds(), page->records(1).recorded_at().seconds());
}

TEST_F(RocksEventLogTest, AnotherFormatIsRefused) {
  ASSERT_TRUE(Reopen().ok());
  Tamper(
      [](rocksdb::DB& db, auto&) { ASSERT_TRUE(db.Put({}, std::string(kFormatKey), "5").ok()); });
  const absl::Status newer = Reopen();
  EXPECT_EQ(ErrorReason(newer), "FORMAT_TOO_NEW");
  EXPECT_EQ(
      newer.message(),
      "the log was written in format 5, this program knows format 4: use the mlupd that wrote "
      "it, or a later one");
  // It had a family less.
  Tamper([](rocksdb::DB& db, auto& f) {
    ASSERT_TRUE(db.Put({}, std::string(kFormatKey), "3").ok());
    ASSERT_TRUE(db.DropColumnFamily(f[4]).ok());
  });
  const absl::Status older = Reopen();
  EXPECT_EQ(ErrorReason(older), "FORMAT_TOO_OLD");
  EXPECT_EQ(
      older.message(),
      "the log was written in format 3, this program knows format 4: use the mlupd that wrote "
      "it");
}

TEST_F(RocksEventLogTest, AStoreThatIsNotWholeIsRebuiltOrRefused) {
  const std::string stream = appends_.Stream();
  struct Case {
    std::string message;
    std::function<void(rocksdb::DB&, std::vector<rocksdb::ColumnFamilyHandle*>&)> change;
  };
  const std::vector<Case> cases = {
      {"the family streams has 2 entries, not 3",
       [&](auto& db, auto& f) {
         ASSERT_TRUE(db.Delete({}, f[2], RunKey(stream, {2})).ok());
         ASSERT_TRUE(db.CompactRange({}, f[2], nullptr, nullptr).ok());
       }},
      {"entries were deleted",
       [](auto& db, auto& f) {
         ASSERT_TRUE(db.Delete({}, f[1], PositionKey({3})).ok());
         ASSERT_TRUE(db.CompactRange({}, f[1], nullptr, nullptr).ok());
       }},
      {"the family blocks has 2 entries, not 1",
       [](auto& db, auto& f) { ASSERT_TRUE(db.Put({}, f[1], PositionKey({3}), "rubbish").ok()); }},
      {"the family ids has 4 entries, not 3",
       [](auto& db, auto& f) { ASSERT_TRUE(db.Put({}, f[4], "other", PositionKey({3})).ok()); }},
      {"the log holds events but no format mark",
       [](auto& db, auto& f) { ASSERT_TRUE(db.Delete({}, f[0], std::string(kFormatKey)).ok()); }},
      {"the mark of the last group is damaged",
       [](auto& db, auto& f) { ASSERT_TRUE(db.Put({}, f[0], std::string(kGroupKey), "x").ok()); }},
  };
  options_.wait_for_both_copies = true;  // a block and a run each
  ASSERT_TRUE(Reopen().ok());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(log_->Append(appends_.To(stream)).ok());
  const std::string before = log_->ReadAll({})->SerializeAsString();
  for (const Case& test : cases) {
    Tamper(test.change);
    std::filesystem::rename(root_ + "/journal", root_ + "/unplugged");
    const absl::Status status = Reopen();
    EXPECT_EQ(ErrorReason(status), "BOTH_DAMAGED");
    EXPECT_NE(std::string(status.message()).find(test.message), std::string::npos) << status;
    std::filesystem::remove_all(root_ + "/journal");
    std::filesystem::rename(root_ + "/unplugged", root_ + "/journal");

    ASSERT_TRUE(Reopen().ok());
    EXPECT_NE(log_->verdict().words.find(test.message), std::string::npos) << log_->verdict().words;
    EXPECT_EQ(log_->ReadAll({})->SerializeAsString(), before);
  }
  EXPECT_TRUE(std::filesystem::exists(path_ + ".damaged-6"));
}

TEST_F(RocksEventLogTest, ADamagedRecordIsNamedNeverSkippedAndRepairedAtTheNextStart) {
  std::atomic<int> failures = 0;
  options_.on_failure = [&](const absl::Status&) { ++failures; };
  ASSERT_TRUE(Reopen().ok());
  const std::string stream = appends_.Stream();
  // A block each.
  options_.wait_for_both_copies = true;
  ASSERT_TRUE(Reopen().ok());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(log_->Append(appends_.To(stream)).ok());
  const std::string before = log_->ReadAll({})->SerializeAsString();
  // Merged into one table, so that no count betrays it.
  Tamper([](auto& db, auto& f) {
    ASSERT_TRUE(db.Put({}, f[1], PositionKey({2}), "rubbish").ok());
    ASSERT_TRUE(db.CompactRange({}, f[1], nullptr, nullptr).ok());
  });
  ASSERT_TRUE(Reopen().ok());
  pb::ReadStreamRequest read;
  read.set_stream(stream);
  for (const absl::Status& status : {log_->ReadAll({}).status(), log_->ReadStream(read).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(status.message(), "the record at position 2 is damaged or missing");
  }
  // Whoever met it first, a reader or the check behind, has told it once the log is closed.
  ASSERT_TRUE(Reopen().ok());
  EXPECT_EQ(failures, 1);
  EXPECT_NE(log_->verdict().words.find("rebuilt"), std::string::npos) << log_->verdict().words;
  EXPECT_EQ(log_->ReadAll({})->SerializeAsString(), before);
}

TEST_F(RocksEventLogTest, ReadersMissNothingThatIsOnItsWayFromMemoryToRocksDb) {
  // Each append moves while others read.
  options_.wait_for_both_copies = true;
  ASSERT_TRUE(Reopen().ok());
  const std::string stream = appends_.Stream();
  constexpr std::uint64_t kAppends = 300;
  std::jthread writer([&] {
    for (std::uint64_t i = 0; i < kAppends; ++i)
      EXPECT_TRUE(log_->Append(appends_.To(stream)).ok());
  });
  pb::ReadStreamRequest last;
  last.set_stream(stream);
  last.set_direction(pb::DIRECTION_BACKWARD);
  last.set_limit(2);
  pb::ReadAllRequest end;
  end.set_direction(pb::DIRECTION_BACKWARD);
  end.set_limit(2);
  std::uint64_t seen = 0;
  while (seen < kAppends && !HasFailure()) {
    const auto of_stream = log_->ReadStream(last);
    ASSERT_TRUE(of_stream.ok()) << of_stream.status();
    ASSERT_GE(of_stream->last_revision(), seen);
    const auto of_all = log_->ReadAll(end);
    ASSERT_TRUE(of_all.ok()) << of_all.status();
    ASSERT_GE(of_all->head(), of_stream->last_revision());
    seen = of_all->head();
  }
}

// The writer's thread would get about a three hundredth of a processor if nobody woke it.
TEST_F(RocksEventLogTest, AppendsGoOnWhileEveryProcessorIsBusy) {
  options_.wait_for_both_copies = true;
  ASSERT_TRUE(Reopen().ok());
  std::vector<std::jthread> busy;
  for (unsigned i = 0; i < 2 * std::thread::hardware_concurrency(); ++i) {
    busy.emplace_back([](const std::stop_token& end) {
      while (!end.stop_requested()) {
      }
    });
  }
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(log_->Append(appends_.To(appends_.Stream())).ok());
  EXPECT_EQ(sched_getscheduler(ThreadNamed("mlup-store")), SCHED_OTHER);
}

TEST_F(RocksEventLogTest, WhoReadsPageByPageMissesNothingWhereverTheBlocksEnd) {
  // Blocks of one append each, some of them the log's own.
  options_.wait_for_both_copies = true;
  ASSERT_TRUE(Reopen().ok());
  std::size_t own = 0;
  const auto fill = [&](int appends) {
    for (int i = 0; i < appends; ++i) {
      const bool system = i % 5 == 3;
      own += system ? 1 : 0;
      const auto request =
          system ? appends_.To("system/map") : appends_.To(appends_.Stream(), 1 + i % 7);
      ASSERT_TRUE(log_->Append(request).ok());
    }
  };
  fill(60);
  // More readers than there are places, each with pages of its own length, while the log grows.
  struct Reader {
    std::uint32_t limit;
    bool with_system;
    pb::ReadAllRequest next;
    std::string records;
    std::size_t count = 0;
  };
  std::vector<Reader> readers;
  readers.reserve(12);
  for (const std::uint32_t limit : {1u, 3u, 8u, 64u, 100u, 1024u}) {
    for (const bool with_system : {false, true}) readers.push_back({limit, with_system, {}, {}});
  }
  const auto read_pages = [&](int pages) {
    for (int i = 0; i < pages; ++i) {
      for (Reader& reader : readers) {
        reader.next.set_limit(reader.limit);
        const auto page = log_->ReadStored(reader.next, reader.with_system);
        ASSERT_TRUE(page.ok()) << page.status();
        ASSERT_LE(page->count, reader.limit);
        reader.records += page->records;
        reader.count += page->count;
        reader.next.set_from_position(page->next.value == 0 ? page->head.value + 1
                                                            : page->next.value);
      }
    }
  };
  read_pages(5);
  fill(30);
  read_pages(600);
  const auto head = log_->Head();
  ASSERT_TRUE(head.ok());
  for (const Reader& reader : readers) {
    EXPECT_EQ(reader.count, head->value - (reader.with_system ? 0 : own)) << reader.limit;
    EXPECT_EQ(reader.records, readers[reader.with_system ? 1 : 0].records) << reader.limit;
  }
}

TEST_F(RocksEventLogTest, AFailedSyncStopsTheLogUntilItIsOpenedAgain) {
  options_.wait_for_both_copies = true;
  ASSERT_TRUE(Reopen().ok());
  ASSERT_TRUE(log_->Append(appends_.To(appends_.Stream())).ok());
  files_->fault = Fault::kError;
  const pb::AppendRequest lost = appends_.To(appends_.Stream());
  EXPECT_EQ(ErrorReason(log_->Append(lost).status()), "LOG_STOPPED");
  files_->fault = Fault::kNone;
  const absl::Status later = log_->Append(appends_.To(appends_.Stream())).status();
  EXPECT_EQ(later.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ErrorReason(later), "LOG_STOPPED");
  EXPECT_EQ(log_->Head()->value, 1u);
  EXPECT_EQ(log_->ReadAll({})->records_size(), 1);
  EXPECT_FALSE(log_->Lookup(LookupOf(lost))->found());

  ASSERT_TRUE(Reopen().ok());
  // What was never acknowledged may be there or not, but the same request is executed once.
  ASSERT_TRUE(log_->Append(lost).ok());
  EXPECT_EQ(log_->Head()->value, 2u);
}

TEST_F(RocksEventLogTest, AFullDiskUnderRocksDbRefusesAppendsUntilThereIsSpaceAndLosesNothing) {
  ASSERT_TRUE(Reopen().ok());
  ASSERT_TRUE(log_->Append(appends_.To(appends_.Stream())).ok());
  files_->fault = Fault::kDiskFull;
  // Appends are taken, in the journal and in memory, until RocksDB has noticed.
  std::uint64_t taken = 1;
  absl::Status refused;
  for (int i = 0; i < 200 && refused.ok(); ++i) {
    refused = log_->Append(appends_.To(appends_.Stream())).status();
    if (refused.ok()) ++taken;
    ASSERT_TRUE(log_->WaitPast({taken}, absl::Milliseconds(10)).ok());
  }
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted) << refused;
  EXPECT_EQ(ErrorReason(refused), "DISK_FULL");
  EXPECT_EQ(log_->ReadAll({})->records_size(), static_cast<int>(taken));
  files_->fault = Fault::kNone;
  const pb::AppendRequest request = appends_.To(appends_.Stream());
  auto response = log_->Append(request);
  for (int i = 0; i < 200 && !response.ok(); ++i) {
    // RocksDB notices by itself that there is space again.
    ASSERT_TRUE(log_->WaitPast({taken}, absl::Milliseconds(50)).ok());
    response = log_->Append(request);
  }
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->first_position(), taken + 1);
  ASSERT_TRUE(log_->Append(appends_.To(appends_.Stream())).ok());
  ASSERT_TRUE(Reopen().ok());
  EXPECT_EQ(log_->ReadAll({})->records_size(), static_cast<int>(taken + 2));
}

// Goal: RocksEventLog and MemoryEventLog are the same to their callers. Method: the same random
// requests go to both, and every answer, good or bad, must be the same bytes; now and then the
// store is reopened.
class ModelTest : public RocksEventLogTest, public testing::WithParamInterface<int> {
 protected:
  std::uint64_t Pick(std::uint64_t count) { return random_() % count; }
  std::string AnyStream() { return streams_[Pick(streams_.size())]; }
  pb::Direction AnyDirection() {
    return Pick(2) == 0 ? pb::DIRECTION_FORWARD : pb::DIRECTION_BACKWARD;
  }

  pb::AppendRequest AnyAppend() {
    if (!sent_.empty() && Pick(8) == 0) {
      pb::AppendRequest again = sent_[Pick(sent_.size())];
      if (Pick(4) == 0) again.set_request_digest(std::string(32, 'e'));
      return again;
    }
    pb::AppendRequest request = appends_.Empty();
    for (std::uint64_t i = 0; i <= Pick(3); ++i) {
      pb::Expected& expected = appends_.Add(request, AnyStream(), static_cast<int>(Pick(4)));
      const std::uint64_t kind = Pick(6);
      if (kind == 0) expected.set_no_stream(true);
      if (kind == 1) expected.set_stream_exists(true);
      if (kind == 2) expected.set_revision(Pick(10));
    }
    sent_.push_back(request);
    return request;
  }

  template <typename Request, typename Response>
  void Same(absl::StatusOr<Response> (EventLog::*method)(const Request&), const Request& request) {
    const absl::StatusOr<Response> expected = (model_.*method)(request);
    EventLog& log = *log_;
    const absl::StatusOr<Response> actual = (log.*method)(request);
    ASSERT_EQ(actual.status(), expected.status()) << request.ShortDebugString();
    if (!actual.ok()) return;
    ASSERT_EQ(actual->SerializeAsString(), expected->SerializeAsString());
  }

  void Step() {
    const std::uint64_t kind = Pick(10);
    if (kind < 5) return Same(&EventLog::Append, AnyAppend());
    if (kind == 5) return Same(&EventLog::Lookup, LookupOf(AnyAppend()));
    if (kind < 8) {
      pb::ReadStreamRequest request;
      request.set_stream(AnyStream());
      request.set_direction(AnyDirection());
      request.set_from_revision(Pick(20));
      request.set_limit(static_cast<std::uint32_t>(Pick(8)));
      return Same(&EventLog::ReadStream, request);
    }
    pb::ReadAllRequest request;
    request.set_direction(AnyDirection());
    request.set_from_position(Pick(model_.Head()->value + 3));
    request.set_limit(static_cast<std::uint32_t>(Pick(40)));
    if (Pick(2) == 0) request.mutable_filter()->add_categories(Pick(2) == 0 ? "case" : "person");
    Same(&EventLog::ReadAll, request);
  }

  std::mt19937_64 random_{static_cast<std::uint64_t>(GetParam())};
  MemoryEventLog model_{clock_};
  std::vector<std::string> streams_;
  std::vector<pb::AppendRequest> sent_;
};

TEST_P(ModelTest, EveryAnswerIsThatOfTheModel) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  for (int i = 0; i < 12; ++i) streams_.push_back(appends_.Stream(i % 3 == 0 ? "person" : "case"));
  ASSERT_TRUE(Reopen().ok());
  for (int i = 0; i < 1000 && !HasFatalFailure(); ++i) {
    clock_.Advance(absl::Milliseconds(static_cast<std::int64_t>(Pick(2000)) - 500));
    if (Pick(100) == 0) {
      ASSERT_TRUE(Reopen().ok());
    }
    Step();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ModelTest, testing::Range(1, 5));

}  // namespace
}  // namespace mlup::log
