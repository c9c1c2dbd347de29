// The rows of one RocksDB folder: what both kinds of stores on disk are made of.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include <rocksdb/options.h>

#include "eventstore/base/files.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "projections/store/read_model_store.h"
#include "projections/store/rocks_read_model_store.h"

namespace rocksdb {
class WriteBatch;
}  // namespace rocksdb

namespace mlup::projections {

// A store in one folder, from which damage cannot be cleared: RocksDB goes on reading a damaged
// table whatever is deleted from it. A large batch becomes a table of its own; while large batches
// follow each other their tables are not merged, which the first small one begins. Threads as
// ReadModelStore; a snapshot keeps the folder open.
class RocksRows final : public ReadModelStore {
 public:
  // Opens or makes the folder as it stands; null when its rows are of another format or `version`.
  // Rows that are kept are verified whole. DATA_LOSS READ_MODEL_DAMAGED; UNAVAILABLE
  // READ_MODEL_UNAVAILABLE, also where another process has it.
  static absl::StatusOr<std::unique_ptr<RocksRows>> Open(Files& files, const std::string& folder,
                                                         std::uint32_t version, RowsAre rows);

  absl::Status Commit(const Rows& rows, const Checkpoint& checkpoint) override;
  absl::Status Clear() override;
  void Check() override;
  bool IsDamaged() const override;
  void WhenDamaged(std::function<void()> call) override;
  std::unique_ptr<Snapshot> TakeSnapshot() const override;

  // Returns when all that was committed is in tables on the disk.
  absl::Status Flush();
  // Merges the tables that large batches became, which readers are slower with the more there are.
  // Takes about as long as to read and write all rows. CANCELLED soon after somebody asks to stop.
  absl::Status Settle(const std::stop_token& stop);
  // The folder goes when nobody has it open any more.
  void RemoveWhenClosed(Files& files);

 private:
  class Database;
  class State;
  class RowsSnapshot;

  RocksRows(std::shared_ptr<Database> db, Checkpoint checkpoint, RowsAre rows);

  // Makes the rows a table.
  absl::Status Load(const Rows& rows, const Checkpoint& checkpoint);
  // Whether tables are left as they are, until the last one is there.
  absl::Status SetLoading(bool loading);
  absl::Status Write(rocksdb::WriteBatch& batch, const Checkpoint& checkpoint);
  void Show(const Checkpoint& checkpoint);

  rocksdb::WriteOptions options_;
  const std::shared_ptr<Database> db_;
  // Of the thread that writes.
  bool loading_ = false;
  mutable Mutex mutex_;
  std::shared_ptr<State> latest_ ABSL_GUARDED_BY(mutex_);
};

// Looks at every byte of a folder that no process has open, and changes nothing. DATA_LOSS
// READ_MODEL_DAMAGED.
absl::Status CheckRocksRows(Files& files, const std::string& folder);

}  // namespace mlup::projections
