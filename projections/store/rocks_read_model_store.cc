// Rows in RocksDB: rows and checkpoint in one WriteBatch.
#include "projections/store/rocks_read_model_store.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <rocksdb/db.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include "eventstore/base/diagnostics.h"
#include "eventstore/base/files.h"
#include "eventstore/log/rocks_info_log.h"
#include "projections/store/keys.h"

namespace mlup::projections {
namespace {

// Raised when the meaning of the folder's own keys changes.
constexpr std::uint32_t kFormat = 1;
constexpr std::size_t kBlockCacheBytes = 16 << 20;
constexpr std::size_t kWriteBufferBytes = 8 << 20;

constexpr char kRowPrefix = '\x01';
const std::string kVersionKey("\0version", 8);
const std::string kCheckpointKey("\0checkpoint", 11);

rocksdb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }
std::string RowKey(std::string_view key) { return kRowPrefix + std::string(key); }

// Whether the files are at fault, and not whoever else uses them or the machine.
bool IsOfTheFiles(const rocksdb::Status& status) {
  if (status.IsCorruption() || status.IsPathNotFound()) return true;
  if (!status.IsIOError() || status.IsNoSpace()) return false;
  // RocksDB tells these apart in words only.
  const std::string words = status.ToString();
  return !absl::StrContains(words, "lock ") && !absl::StrContains(words, "Too many open files") &&
         !absl::StrContains(words, "Permission denied");
}

absl::Status ToStatus(const std::string& folder, const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  if (IsOfTheFiles(status)) {
    return Error(absl::StatusCode::kDataLoss, "READ_MODEL_DAMAGED",
                 absl::StrCat(folder, " is damaged: ", status.ToString()));
  }
  if (status.IsNoSpace()) {
    return Error(absl::StatusCode::kResourceExhausted, "DISK_FULL",
                 absl::StrCat("the disk of ", folder, " is full: make room; it goes on by itself"));
  }
  return Error(absl::StatusCode::kUnavailable, "READ_MODEL_UNAVAILABLE",
               absl::StrCat(folder, " cannot be used: ", status.ToString(),
                            "; see that no other process has it and that this one may write it"));
}

// RocksDB aborts at a file with the number 0, which it never makes.
absl::Status CheckFileNumbers(const std::string& folder) {
  const std::string stray = log::StrayFileIn(SystemFiles(), folder);
  if (stray.empty()) return absl::OkStatus();
  return Error(absl::StatusCode::kDataLoss, "READ_MODEL_DAMAGED",
               absl::StrCat(folder, " holds ", stray, ", which is no file of RocksDB's"));
}

rocksdb::Options MakeOptions() {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  rocksdb::Options options;
  options.create_if_missing = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.compression = rocksdb::kLZ4Compression;
  options.write_buffer_size = kWriteBufferBytes;
  options.max_background_jobs = 2;
  options.info_log = log::MakeRocksInfoLog();
  return options;
}

// A RocksDB with what was found wrong with it. Shared by the store and the snapshots of it.
class Database {
 public:
  Database(std::unique_ptr<rocksdb::DB> db, std::string folder)
      : folder_(std::move(folder)), db_(std::move(db)) {}

  rocksdb::DB& rocks() { return *db_; }
  const std::string& folder() const { return folder_; }
  bool is_damaged() const { return is_damaged_; }
  void WhenDamaged(std::function<void()> call) {
    MutexLock lock(mutex_);
    when_damaged_ = std::move(call);
  }

  // The same as a status; damage is told once, and to who asked for it.
  absl::Status Seen(const rocksdb::Status& status) {
    absl::Status seen = ToStatus(folder_, status);
    if (!absl::IsDataLoss(seen) || is_damaged_.exchange(true)) return seen;
    Tell(absl::StrCat("read_model_damaged folder=\"", folder_, "\" because=\"", status.ToString(),
                      "\""));
    MutexLock lock(mutex_);
    if (when_damaged_) when_damaged_();
    return seen;
  }

 private:
  const std::string folder_;
  const std::unique_ptr<rocksdb::DB> db_;
  std::atomic<bool> is_damaged_ = false;
  Mutex mutex_;
  std::function<void()> when_damaged_ ABSL_GUARDED_BY(mutex_);
};

// A state that RocksDB keeps, and how far it was. Shared by the store, while it is the latest, and
// by those who took it.
class State {
 public:
  State(std::shared_ptr<Database> db, Checkpoint at)
      : checkpoint(at), db_(std::move(db)), snapshot_(db_->rocks().GetSnapshot()) {}
  ~State() { db_->rocks().ReleaseSnapshot(snapshot_); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  rocksdb::ReadOptions Options() const {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_;
    return options;
  }

  Database& db() const { return *db_; }

  const Checkpoint checkpoint;

 private:
  const std::shared_ptr<Database> db_;
  const rocksdb::Snapshot* const snapshot_;
};

class RocksSnapshot final : public Snapshot {
 public:
  explicit RocksSnapshot(std::shared_ptr<const State> state) : state_(std::move(state)) {}

  Checkpoint checkpoint() const override { return state_->checkpoint; }

  absl::StatusOr<std::optional<std::string>> Get(std::string_view key) const override {
    std::string value;
    const rocksdb::Status status = state_->db().rocks().Get(state_->Options(), RowKey(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    RETURN_IF_ERROR(state_->db().Seen(status));
    return std::optional<std::string>(std::move(value));
  }

  absl::Status ForEach(std::string_view prefix, const Visit& visit) const override {
    return Scan(RowKey(prefix), RowKey(prefix), visit);
  }

  absl::Status ForEachFrom(std::string_view first, const Visit& visit) const override {
    return Scan(RowKey(first), RowKey(""), visit);
  }

 private:
  // Visits the rows from `first` on whose key begins with `prefix`.
  absl::Status Scan(const std::string& first, const std::string& prefix, const Visit& visit) const {
    const std::unique_ptr<rocksdb::Iterator> row(
        state_->db().rocks().NewIterator(state_->Options()));
    for (row->Seek(first); row->Valid() && row->key().starts_with(prefix); row->Next()) {
      RETURN_IF_ERROR(visit(ToView(row->key()).substr(1), ToView(row->value())));
    }
    return state_->db().Seen(row->status());
  }

  const std::shared_ptr<const State> state_;
};

// A store that takes the place of `folder` at the next start.
std::string RebuiltPath(const std::string& folder) { return folder + ".rebuilt"; }

absl::StatusOr<std::unique_ptr<rocksdb::DB>> OpenDatabase(const std::string& folder) {
  RETURN_IF_ERROR(CheckFileNumbers(folder));
  rocksdb::DB* opened = nullptr;
  RETURN_IF_ERROR(ToStatus(folder, rocksdb::DB::Open(MakeOptions(), folder, &opened)));
  return std::unique_ptr<rocksdb::DB>(opened);
}

class RocksReadModelStore final : public ReadModelStore {
 public:
  // `home` is where the store is found at the next start, whichever folder it is in now.
  RocksReadModelStore(std::string home, std::string version, std::unique_ptr<rocksdb::DB> db,
                      Checkpoint checkpoint, RowsAre rows)
      : home_(std::move(home)),
        version_(std::move(version)),
        db_(std::make_shared<Database>(std::move(db), home_)),
        latest_(std::make_shared<State>(db_, checkpoint)) {
    options_.disableWAL = rows == RowsAre::kDerived;
  }

  absl::Status Commit(const Rows& rows, const Checkpoint& checkpoint) override {
    // RocksDB finds the place of a row from that of the row before it. Of one key the last stays
    // the last.
    std::vector<const Rows::Write*> writes;
    writes.reserve(rows.size());
    for (const Rows::Write& write : rows.writes()) writes.push_back(&write);
    std::stable_sort(writes.begin(), writes.end(),
                     [](const auto* a, const auto* b) { return a->key < b->key; });
    rocksdb::WriteBatch batch;
    for (const Rows::Write* write : writes) {
      const rocksdb::Slice key[] = {ToSlice({&kRowPrefix, 1}), ToSlice(write->key)};
      const rocksdb::Slice value[] = {ToSlice(write->value)};
      RETURN_IF_ERROR(
          db_->Seen(batch.Put(rocksdb::SliceParts(key, 2), rocksdb::SliceParts(value, 1))));
    }
    return Write(batch, checkpoint);
  }

  absl::Status Clear() override {
    if (db_->is_damaged()) RETURN_IF_ERROR(BeginBeside());
    rocksdb::WriteBatch batch;
    const std::string after(1, kRowPrefix + 1);
    batch.DeleteRange(db_->rocks().DefaultColumnFamily(), ToSlice({&kRowPrefix, 1}), after);
    return Write(batch, {});
  }

  void Check() override { db_->Seen(db_->rocks().VerifyChecksum()).IgnoreError(); }

  bool IsDamaged() const override {
    MutexLock lock(mutex_);
    return db_->is_damaged();
  }

  void WhenDamaged(std::function<void()> call) override {
    when_damaged_ = std::move(call);
    db_->WhenDamaged(when_damaged_);
  }

  std::unique_ptr<Snapshot> TakeSnapshot() const override {
    MutexLock lock(mutex_);
    return std::make_unique<RocksSnapshot>(latest_);
  }

 private:
  // RocksDB goes on reading a damaged table whatever is deleted from it, so that only another
  // folder is free of it. Of the two names one is free, once nobody holds a snapshot of before.
  absl::Status BeginBeside() {
    const std::string folder = db_->folder() == home_ ? RebuiltPath(home_) : home_;
    RETURN_IF_ERROR(SystemFiles().RemoveTree(folder));
    RETURN_IF_ERROR(SystemFiles().MakeFolder(folder));
    ASSIGN_OR_RETURN(std::unique_ptr<rocksdb::DB> rocks, OpenDatabase(folder));
    RETURN_IF_ERROR(ToStatus(folder, rocks->Put(rocksdb::WriteOptions(), kVersionKey, version_)));
    auto fresh = std::make_shared<Database>(std::move(rocks), folder);
    fresh->WhenDamaged(when_damaged_);
    {
      MutexLock lock(mutex_);
      db_.swap(fresh);
    }
    fresh->WhenDamaged({});
    return absl::OkStatus();
  }

  // Nobody who takes a snapshot waits for it: until it is written there is the state before it.
  absl::Status Write(rocksdb::WriteBatch& batch, const Checkpoint& checkpoint) {
    batch.Put(kCheckpointKey, BigEndian(checkpoint.position.value) + BigEndian(checkpoint.history));
    RETURN_IF_ERROR(db_->Seen(db_->rocks().Write(options_, &batch)));
    auto state = std::make_shared<State>(db_, checkpoint);
    MutexLock lock(mutex_);
    latest_.swap(state);
    return absl::OkStatus();
  }

  const std::string home_;
  const std::string version_;
  rocksdb::WriteOptions options_;
  std::function<void()> when_damaged_;
  mutable Mutex mutex_;
  // The writer alone changes it, and reads it without the lock.
  std::shared_ptr<Database> db_;
  std::shared_ptr<State> latest_ ABSL_GUARDED_BY(mutex_);
};

// The folder opened as it stands; nothing when it must be emptied first.
absl::StatusOr<std::unique_ptr<RocksReadModelStore>> TryOpen(const std::string& folder,
                                                             const std::string& version,
                                                             RowsAre rows) {
  ASSIGN_OR_RETURN(std::unique_ptr<rocksdb::DB> db, OpenDatabase(folder));
  // What is not made again from the log is small, and nothing else would find its damage in time.
  if (rows == RowsAre::kKept) RETURN_IF_ERROR(ToStatus(folder, db->VerifyChecksum()));
  std::string found;
  const rocksdb::Status status = db->Get(rocksdb::ReadOptions(), kVersionKey, &found);
  if (status.IsNotFound()) {
    const std::unique_ptr<rocksdb::Iterator> any(db->NewIterator(rocksdb::ReadOptions()));
    any->SeekToFirst();
    if (any->Valid()) return std::unique_ptr<RocksReadModelStore>();
    RETURN_IF_ERROR(ToStatus(folder, db->Put(rocksdb::WriteOptions(), kVersionKey, version)));
  } else {
    RETURN_IF_ERROR(ToStatus(folder, status));
    if (found != version) return std::unique_ptr<RocksReadModelStore>();
  }
  Checkpoint checkpoint;
  std::string bytes;
  const rocksdb::Status read = db->Get(rocksdb::ReadOptions(), kCheckpointKey, &bytes);
  if (!read.IsNotFound()) {
    RETURN_IF_ERROR(ToStatus(folder, read));
    if (bytes.size() != 16) return std::unique_ptr<RocksReadModelStore>();
    checkpoint = {{FromBigEndian(std::string_view(bytes).substr(0, 8))},
                  FromBigEndian(std::string_view(bytes).substr(8))};
  }
  return std::make_unique<RocksReadModelStore>(folder, version, std::move(db), checkpoint, rows);
}

// What was begun beside a damaged store takes its place.
absl::Status FinishBeside(const std::string& folder) {
  Files& files = SystemFiles();
  ASSIGN_OR_RETURN(const bool is_rebuilt, files.Exists(RebuiltPath(folder)));
  if (!is_rebuilt) return absl::OkStatus();
  RETURN_IF_ERROR(files.RemoveTree(folder));
  return files.Rename(RebuiltPath(folder), folder);
}

// Derived rows are thrown away; others are kept for whoever has to find out what they were.
absl::Status GiveWay(const std::string& folder, RowsAre rows) {
  if (rows == RowsAre::kDerived) return SystemFiles().RemoveTree(folder);
  std::string kept;
  bool taken = true;
  for (int number = 1; taken; ++number) {
    kept = absl::StrCat(folder, ".damaged-", number);
    ASSIGN_OR_RETURN(taken, SystemFiles().Exists(kept));
  }
  Tell(absl::StrCat("read_model_set_aside folder=\"", folder, "\" as=\"", kept, "\""));
  return SystemFiles().Rename(folder, kept);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ReadModelStore>> OpenRocksReadModelStore(const std::string& folder,
                                                                        std::uint32_t version,
                                                                        RowsAre rows) {
  RETURN_IF_ERROR(FinishBeside(folder));
  RETURN_IF_ERROR(SystemFiles().MakeFolder(folder));
  const std::string marker = BigEndian(kFormat) + BigEndian(version);
  absl::StatusOr<std::unique_ptr<RocksReadModelStore>> store = TryOpen(folder, marker, rows);
  const bool is_damaged = absl::IsDataLoss(store.status());
  if (is_damaged) {
    Tell(absl::StrCat("read_model_damaged folder=\"", folder, "\" because=\"",
                      store.status().message(), "\""));
  }
  if (is_damaged || (store.ok() && *store == nullptr)) {
    // Rows of another version are no damage: derived or not, they are of no use.
    RETURN_IF_ERROR(GiveWay(folder, is_damaged ? rows : RowsAre::kDerived));
    RETURN_IF_ERROR(SystemFiles().MakeFolder(folder));
    store = TryOpen(folder, marker, rows);
  }
  RETURN_IF_ERROR(store.status());
  CHECK(*store != nullptr);
  return std::unique_ptr<ReadModelStore>(*std::move(store));
}

absl::Status CheckRocksReadModelStore(const std::string& folder) {
  ASSIGN_OR_RETURN(const bool exists, SystemFiles().Exists(folder));
  if (!exists) return absl::OkStatus();
  RETURN_IF_ERROR(CheckFileNumbers(folder));
  rocksdb::DB* opened = nullptr;
  RETURN_IF_ERROR(ToStatus(folder, rocksdb::DB::OpenForReadOnly(MakeOptions(), folder, &opened)));
  const std::unique_ptr<rocksdb::DB> db(opened);
  return ToStatus(folder, db->VerifyChecksum());
}

}  // namespace mlup::projections
