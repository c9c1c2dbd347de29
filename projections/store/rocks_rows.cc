// Rows and checkpoint in one WriteBatch, or in one table.
#include "projections/store/rocks_rows.h"

#include <atomic>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include "eventstore/base/diagnostics.h"
#include "eventstore/log/rocks_info_log.h"
#include "projections/store/keys.h"

namespace mlup::projections {
namespace {

// Raised when the meaning of the folder's own keys changes.
constexpr std::uint32_t kFormat = 1;
constexpr std::size_t kBlockCacheBytes = 16 << 20;
constexpr std::size_t kWriteBufferBytes = 8 << 20;
// As many bytes of rows at once are made a table at once.
constexpr std::size_t kTableBytes = 4 << 20;
// Under it a table has its name until RocksDB has given it another one.
constexpr std::string_view kTableName = "loading";
// Nobody who writes waits for tables to be merged: after a load there are many, and readers go on.
constexpr int kTablesMax = 1 << 20;

constexpr char kRowPrefix = '\x01';
const std::string kVersionKey("\0version", 8);
const std::string kCheckpointKey("\0checkpoint", 11);

rocksdb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }
std::string RowKey(std::string_view key) { return kRowPrefix + std::string(key); }
std::string ToBytes(const Checkpoint& checkpoint) {
  return BigEndian(checkpoint.position.value) + BigEndian(checkpoint.history);
}

// What is before the first zero byte, as the keys of one record or event have in common.
class UpToZero final : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "mlup.up_to_zero"; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    return {key.data(), Find(key) + 1};
  }
  bool InDomain(const rocksdb::Slice& key) const override {
    return Find(key) != std::string_view::npos;
  }

 private:
  static std::size_t Find(const rocksdb::Slice& key) { return ToView(key).find('\0', 1); }
};

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
absl::Status CheckFileNumbers(Files& files, const std::string& folder) {
  const std::string stray = log::StrayFileIn(files, folder);
  if (stray.empty()) return absl::OkStatus();
  return Error(absl::StatusCode::kDataLoss, "READ_MODEL_DAMAGED",
               absl::StrCat(folder, " holds ", stray, ", which is no file of RocksDB's"));
}

rocksdb::Options MakeOptions() {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  // Most of what is looked for is not there: the voids and corrections of an event.
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.whole_key_filtering = false;
  rocksdb::Options options;
  options.create_if_missing = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.prefix_extractor = std::make_shared<UpToZero>();
  options.memtable_prefix_bloom_size_ratio = 0.02;
  options.compression = rocksdb::kLZ4Compression;
  options.write_buffer_size = kWriteBufferBytes;
  options.max_background_jobs = 2;
  options.level0_slowdown_writes_trigger = kTablesMax;
  options.level0_stop_writes_trigger = kTablesMax;
  options.info_log = log::MakeRocksInfoLog();
  return options;
}

absl::StatusOr<std::unique_ptr<rocksdb::DB>> OpenDatabase(Files& files, const std::string& folder) {
  RETURN_IF_ERROR(CheckFileNumbers(files, folder));
  rocksdb::DB* opened = nullptr;
  RETURN_IF_ERROR(ToStatus(folder, rocksdb::DB::Open(MakeOptions(), folder, &opened)));
  return std::unique_ptr<rocksdb::DB>(opened);
}

}  // namespace

// A RocksDB with what was found wrong with it. Shared by the store and the snapshots of it.
class RocksRows::Database {
 public:
  Database(std::unique_ptr<rocksdb::DB> db, std::string folder)
      : folder_(std::move(folder)), db_(std::move(db)) {}
  ~Database() {
    db_.reset();
    // What is left of it goes at the next start.
    if (Files* const files = remove_by_.load()) files->RemoveTree(folder_).IgnoreError();
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  rocksdb::DB& rocks() { return *db_; }
  const std::string& folder() const { return folder_; }
  bool is_damaged() const { return is_damaged_; }
  void WhenDamaged(std::function<void()> call) {
    MutexLock lock(mutex_);
    when_damaged_ = std::move(call);
  }
  void RemoveWhenClosed(Files& files) { remove_by_ = &files; }

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
  std::unique_ptr<rocksdb::DB> db_;
  std::atomic<Files*> remove_by_ = nullptr;
  std::atomic<bool> is_damaged_ = false;
  Mutex mutex_;
  std::function<void()> when_damaged_ ABSL_GUARDED_BY(mutex_);
};

// A state that RocksDB keeps, and how far it was. Shared by the store, while it is the latest, and
// by those who took it.
class RocksRows::State {
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

class RocksRows::RowsSnapshot final : public Snapshot {
 public:
  explicit RowsSnapshot(std::shared_ptr<const State> state) : state_(std::move(state)) {}

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
    rocksdb::ReadOptions options = state_->Options();
    options.prefix_same_as_start = UpToZero().InDomain(prefix);
    options.total_order_seek = !options.prefix_same_as_start;
    const std::unique_ptr<rocksdb::Iterator> row(state_->db().rocks().NewIterator(options));
    for (row->Seek(first); row->Valid() && row->key().starts_with(prefix); row->Next()) {
      RETURN_IF_ERROR(visit(ToView(row->key()).substr(1), ToView(row->value())));
    }
    return state_->db().Seen(row->status());
  }

  const std::shared_ptr<const State> state_;
};

RocksRows::RocksRows(std::shared_ptr<Database> db, Checkpoint checkpoint, RowsAre rows)
    : db_(std::move(db)), latest_(std::make_shared<State>(db_, checkpoint)) {
  options_.disableWAL = rows == RowsAre::kDerived;
}

absl::StatusOr<std::unique_ptr<RocksRows>> RocksRows::Open(Files& files, const std::string& folder,
                                                           std::uint32_t version, RowsAre rows) {
  RETURN_IF_ERROR(files.MakeFolder(folder));
  ASSIGN_OR_RETURN(std::unique_ptr<rocksdb::DB> db, OpenDatabase(files, folder));
  // What is not made again from the log is small, and nothing else would find its damage in time.
  if (rows == RowsAre::kKept) RETURN_IF_ERROR(ToStatus(folder, db->VerifyChecksum()));
  const std::string marker = BigEndian(kFormat) + BigEndian(version);
  std::string found;
  const rocksdb::Status status = db->Get(rocksdb::ReadOptions(), kVersionKey, &found);
  if (status.IsNotFound()) {
    const std::unique_ptr<rocksdb::Iterator> any(db->NewIterator(rocksdb::ReadOptions()));
    any->SeekToFirst();
    if (any->Valid()) return std::unique_ptr<RocksRows>();
    RETURN_IF_ERROR(ToStatus(folder, db->Put(rocksdb::WriteOptions(), kVersionKey, marker)));
  } else {
    RETURN_IF_ERROR(ToStatus(folder, status));
    if (found != marker) return std::unique_ptr<RocksRows>();
  }
  Checkpoint checkpoint;
  std::string bytes;
  const rocksdb::Status read = db->Get(rocksdb::ReadOptions(), kCheckpointKey, &bytes);
  if (!read.IsNotFound()) {
    RETURN_IF_ERROR(ToStatus(folder, read));
    if (bytes.size() != 16) return std::unique_ptr<RocksRows>();
    checkpoint = {{FromBigEndian(std::string_view(bytes).substr(0, 8))},
                  FromBigEndian(std::string_view(bytes).substr(8))};
  }
  return std::unique_ptr<RocksRows>(
      new RocksRows(std::make_shared<Database>(std::move(db), folder), checkpoint, rows));
}

absl::Status RocksRows::Commit(const Rows& rows, const Checkpoint& checkpoint) {
  if (rows.bytes() >= kTableBytes) return Load(rows, checkpoint);
  rocksdb::WriteBatch batch;
  // RocksDB finds the place of a row from that of the row before it.
  for (const Rows::Write& write : rows.InOrder()) {
    const rocksdb::Slice key[] = {ToSlice({&kRowPrefix, 1}), ToSlice(write.key)};
    const rocksdb::Slice value[] = {ToSlice(write.value)};
    RETURN_IF_ERROR(
        db_->Seen(batch.Put(rocksdb::SliceParts(key, 2), rocksdb::SliceParts(value, 1))));
  }
  return Write(batch, checkpoint);
}

// The checkpoint is in every table, so that RocksDB puts what it holds in memory on the disk before
// it takes the table: what is on the disk is without a gap.
absl::Status RocksRows::Load(const Rows& rows, const Checkpoint& checkpoint) {
  RETURN_IF_ERROR(SetLoading(true));
  rocksdb::DB& db = db_->rocks();
  const std::string path = absl::StrCat(db_->folder(), "/", ToAbsl(kTableName));
  rocksdb::SstFileWriter table(rocksdb::EnvOptions(), db.GetOptions(), nullptr, false);
  const auto load = [&] {
    rocksdb::Status status = table.Open(path);
    if (status.ok()) status = table.Put(kCheckpointKey, ToBytes(checkpoint));
    std::string key(1, kRowPrefix);
    for (const Rows::Write& write : rows.InOrder()) {
      if (!status.ok()) return status;
      key.replace(1, std::string::npos, write.key);
      status = table.Put(key, ToSlice(write.value));
    }
    if (status.ok()) status = table.Finish();
    rocksdb::IngestExternalFileOptions how;
    how.move_files = true;
    how.write_global_seqno = false;
    if (status.ok()) status = db.IngestExternalFile({path}, how);
    return status;
  };
  const rocksdb::Status loaded = load();
  if (!loaded.ok()) db.GetEnv()->DeleteFile(path).PermitUncheckedError();
  RETURN_IF_ERROR(db_->Seen(loaded));
  Show(checkpoint);
  return absl::OkStatus();
}

absl::Status RocksRows::SetLoading(bool loading) {
  if (loading_ == loading) return absl::OkStatus();
  RETURN_IF_ERROR(db_->Seen(
      db_->rocks().SetOptions({{"disable_auto_compactions", loading ? "true" : "false"}})));
  loading_ = loading;
  return absl::OkStatus();
}

absl::Status RocksRows::Settle(const std::stop_token& stop) {
  if (!loading_) return absl::OkStatus();
  std::atomic<bool> stopped = false;
  const std::stop_callback on_stop(stop, [&stopped] { stopped = true; });
  rocksdb::CompactRangeOptions how;
  how.canceled = &stopped;
  const rocksdb::Status merged = db_->rocks().CompactRange(how, nullptr, nullptr);
  if (stopped) return absl::CancelledError("told to stop");
  RETURN_IF_ERROR(db_->Seen(merged));
  return SetLoading(false);
}

absl::Status RocksRows::Clear() {
  rocksdb::WriteBatch batch;
  const std::string after(1, kRowPrefix + 1);
  batch.DeleteRange(db_->rocks().DefaultColumnFamily(), ToSlice({&kRowPrefix, 1}), after);
  return Write(batch, {});
}

void RocksRows::Check() { db_->Seen(db_->rocks().VerifyChecksum()).IgnoreError(); }

bool RocksRows::IsDamaged() const { return db_->is_damaged(); }

void RocksRows::WhenDamaged(std::function<void()> call) { db_->WhenDamaged(std::move(call)); }

std::unique_ptr<Snapshot> RocksRows::TakeSnapshot() const {
  MutexLock lock(mutex_);
  return std::make_unique<RowsSnapshot>(latest_);
}

absl::Status RocksRows::Flush() { return db_->Seen(db_->rocks().Flush(rocksdb::FlushOptions())); }

void RocksRows::RemoveWhenClosed(Files& files) { db_->RemoveWhenClosed(files); }

absl::Status RocksRows::Write(rocksdb::WriteBatch& batch, const Checkpoint& checkpoint) {
  RETURN_IF_ERROR(SetLoading(false));
  batch.Put(kCheckpointKey, ToBytes(checkpoint));
  RETURN_IF_ERROR(db_->Seen(db_->rocks().Write(options_, &batch)));
  Show(checkpoint);
  return absl::OkStatus();
}

// Nobody who takes a snapshot waits for what is written: until then there is the state before it.
void RocksRows::Show(const Checkpoint& checkpoint) {
  auto state = std::make_shared<State>(db_, checkpoint);
  MutexLock lock(mutex_);
  latest_.swap(state);
}

absl::Status CheckRocksRows(Files& files, const std::string& folder) {
  RETURN_IF_ERROR(CheckFileNumbers(files, folder));
  rocksdb::DB* opened = nullptr;
  RETURN_IF_ERROR(ToStatus(folder, rocksdb::DB::OpenForReadOnly(MakeOptions(), folder, &opened)));
  const std::unique_ptr<rocksdb::DB> db(opened);
  return ToStatus(folder, db->VerifyChecksum());
}

}  // namespace mlup::projections
