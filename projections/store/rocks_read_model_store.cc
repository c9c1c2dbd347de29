// Rows in RocksDB: rows and checkpoint in one WriteBatch.
#include "projections/store/rocks_read_model_store.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include <rocksdb/db.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

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

absl::Status ToStatus(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  if (status.IsCorruption()) {
    return Error(absl::StatusCode::kDataLoss, "READ_MODEL_DAMAGED", status.ToString());
  }
  return Error(absl::StatusCode::kUnavailable, "READ_MODEL_UNAVAILABLE", status.ToString());
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

// A state that RocksDB keeps, and how far it was. Shared by the store, while it is the latest, and
// by those who took it.
class State {
 public:
  State(rocksdb::DB& db, Checkpoint at) : checkpoint(at), db_(db), snapshot_(db.GetSnapshot()) {}
  ~State() { db_.ReleaseSnapshot(snapshot_); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  rocksdb::ReadOptions Options() const {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_;
    return options;
  }

  const Checkpoint checkpoint;

 private:
  rocksdb::DB& db_;
  const rocksdb::Snapshot* const snapshot_;
};

class RocksSnapshot final : public Snapshot {
 public:
  RocksSnapshot(rocksdb::DB& db, std::shared_ptr<const State> state)
      : db_(db), state_(std::move(state)) {}

  Checkpoint checkpoint() const override { return state_->checkpoint; }

  absl::StatusOr<std::optional<std::string>> Get(std::string_view key) const override {
    std::string value;
    const rocksdb::Status status = db_.Get(state_->Options(), RowKey(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    RETURN_IF_ERROR(ToStatus(status));
    return std::optional<std::string>(std::move(value));
  }

  absl::Status ForEach(std::string_view prefix, const Visit& visit) const override {
    const std::string first = RowKey(prefix);
    const std::unique_ptr<rocksdb::Iterator> row(db_.NewIterator(state_->Options()));
    for (row->Seek(first); row->Valid() && row->key().starts_with(first); row->Next()) {
      RETURN_IF_ERROR(visit(ToView(row->key()).substr(1), ToView(row->value())));
    }
    return ToStatus(row->status());
  }

 private:
  rocksdb::DB& db_;
  const std::shared_ptr<const State> state_;
};

class RocksReadModelStore final : public ReadModelStore {
 public:
  RocksReadModelStore(std::unique_ptr<rocksdb::DB> db, Checkpoint checkpoint, RowsAre rows)
      : db_(std::move(db)), latest_(std::make_shared<State>(*db_, checkpoint)) {
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
          ToStatus(batch.Put(rocksdb::SliceParts(key, 2), rocksdb::SliceParts(value, 1))));
    }
    return Write(batch, checkpoint);
  }

  absl::Status Clear() override {
    rocksdb::WriteBatch batch;
    const std::string after(1, kRowPrefix + 1);
    batch.DeleteRange(db_->DefaultColumnFamily(), ToSlice({&kRowPrefix, 1}), after);
    return Write(batch, {});
  }

  std::unique_ptr<Snapshot> TakeSnapshot() const override {
    MutexLock lock(mutex_);
    return std::make_unique<RocksSnapshot>(*db_, latest_);
  }

 private:
  // Nobody who takes a snapshot waits for it: until it is written there is the state before it.
  absl::Status Write(rocksdb::WriteBatch& batch, const Checkpoint& checkpoint) {
    batch.Put(kCheckpointKey, BigEndian(checkpoint.position.value) + BigEndian(checkpoint.history));
    RETURN_IF_ERROR(ToStatus(db_->Write(options_, &batch)));
    auto state = std::make_shared<State>(*db_, checkpoint);
    MutexLock lock(mutex_);
    latest_.swap(state);
    return absl::OkStatus();
  }

  const std::unique_ptr<rocksdb::DB> db_;
  rocksdb::WriteOptions options_;
  mutable Mutex mutex_;
  std::shared_ptr<State> latest_ ABSL_GUARDED_BY(mutex_);
};

// The folder opened as it stands; nothing when it must be emptied first.
absl::StatusOr<std::unique_ptr<RocksReadModelStore>> TryOpen(const std::string& folder,
                                                             const std::string& version,
                                                             RowsAre rows) {
  rocksdb::DB* opened = nullptr;
  RETURN_IF_ERROR(ToStatus(rocksdb::DB::Open(MakeOptions(), folder, &opened)));
  std::unique_ptr<rocksdb::DB> db(opened);
  std::string found;
  const rocksdb::Status status = db->Get(rocksdb::ReadOptions(), kVersionKey, &found);
  if (status.IsNotFound()) {
    const std::unique_ptr<rocksdb::Iterator> any(db->NewIterator(rocksdb::ReadOptions()));
    any->SeekToFirst();
    if (any->Valid()) return std::unique_ptr<RocksReadModelStore>();
    RETURN_IF_ERROR(ToStatus(db->Put(rocksdb::WriteOptions(), kVersionKey, version)));
  } else {
    RETURN_IF_ERROR(ToStatus(status));
    if (found != version) return std::unique_ptr<RocksReadModelStore>();
  }
  Checkpoint checkpoint;
  std::string bytes;
  const rocksdb::Status read = db->Get(rocksdb::ReadOptions(), kCheckpointKey, &bytes);
  if (!read.IsNotFound()) {
    RETURN_IF_ERROR(ToStatus(read));
    if (bytes.size() != 16) return std::unique_ptr<RocksReadModelStore>();
    checkpoint = {{FromBigEndian(std::string_view(bytes).substr(0, 8))},
                  FromBigEndian(std::string_view(bytes).substr(8))};
  }
  return std::make_unique<RocksReadModelStore>(std::move(db), checkpoint, rows);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ReadModelStore>> OpenRocksReadModelStore(const std::string& folder,
                                                                        std::uint32_t version,
                                                                        RowsAre rows) {
  RETURN_IF_ERROR(SystemFiles().MakeFolder(folder));
  const std::string marker = BigEndian(kFormat) + BigEndian(version);
  absl::StatusOr<std::unique_ptr<RocksReadModelStore>> store = TryOpen(folder, marker, rows);
  const bool rebuild = store.ok() ? *store == nullptr : absl::IsDataLoss(store.status());
  if (rebuild) {
    RETURN_IF_ERROR(ToStatus(rocksdb::DestroyDB(folder, MakeOptions())));
    store = TryOpen(folder, marker, rows);
  }
  RETURN_IF_ERROR(store.status());
  CHECK(*store != nullptr);
  return std::unique_ptr<ReadModelStore>(*std::move(store));
}

}  // namespace mlup::projections
