// The log's RocksDB: how it is opened, what is read from it, and how errors are told. Used by
// RocksEventLog and its committer only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/write_batch.h>

#include "eventstore/base/limits.h"
#include "eventstore/base/types.h"
#include "eventstore/log/indexed_groups.h"
#include "eventstore/log/stored_block.h"
#include "mlup/log/v1/event_store.pb.h"

namespace mlup::log {

// The column families of keys.h.
//
// Reads from any thread; Write() from one. Owns the database; borrows `env`.
class RocksStore {
 public:
  // The column families, in the order in which they are opened.
  enum Family { kMarks, kBlocks, kStreams, kRequests, kIds, kFamilies };

  // How many entries the families have.
  struct Counts {
    std::uint64_t appends = 0;
    std::uint64_t runs = 0;
    std::uint64_t blocks = 0;
    std::uint64_t ids = 0;
  };
  // The end of the log as found at open.
  struct Tail {
    Position head;
    absl::Time recorded_at = absl::InfinitePast();
    Counts counts;
  };

  // Opens or makes the store and checks its end. Errors as RocksEventLog::Open.
  static absl::StatusOr<std::unique_ptr<RocksStore>> Open(
      const std::string& path, rocksdb::Env* env = rocksdb::Env::Default(),
      std::size_t cache_bytes = kStoreCacheBytes);

  ~RocksStore();
  RocksStore(const RocksStore&) = delete;
  RocksStore& operator=(const RocksStore&) = delete;

  const Tail& tail() const { return tail_; }

  // The last revision of a stream whose position is not past `upto`; 0 when there is none.
  absl::StatusOr<Revision> StreamHead(std::string_view stream, Position upto) const;

  // Positions of the revisions from `first` on, in order, up to `last` or where the stream ends.
  // DATA_LOSS STORE_DAMAGED where one is missing.
  absl::StatusOr<std::vector<Position>> StreamPositions(std::string_view stream, Revision first,
                                                        Revision last) const;

  // The first position of the append with this index key; 0 when there is none.
  absl::StatusOr<Position> FindRequest(std::string_view index_key) const;

  // Those of these ids that events have; `ids` are in order.
  absl::StatusOr<std::vector<absl::uint128>> TakenIds(const std::vector<absl::uint128>& ids) const;

  // All blocks, by position.
  std::unique_ptr<rocksdb::Iterator> Blocks(const rocksdb::ReadOptions& options = {}) const;

  // Adds the groups to a batch, their records in blocks of kStoredBlockBytes; `counts` are those
  // before and become those after.
  void Add(const IndexedGroups& groups, Counts& counts, rocksdb::WriteBatch& batch) const;

  // Returns when the batch is synced with all before it. RESOURCE_EXHAUSTED DISK_FULL; UNAVAILABLE
  // STORE_FAILED.
  absl::Status Write(rocksdb::WriteBatch& batch);

  // Notes durably which journal belongs to this store.
  absl::Status SetJournal(std::string_view id);

  // Writes what only the write-ahead log holds into tables where that is much, so that the next
  // start need not read it. Errors as Write.
  absl::Status Settle();

 private:
  RocksStore() = default;

  absl::Status CheckFormat();
  absl::Status CheckTail();
  // The runs of one stream, that of the first key that is looked for.
  std::unique_ptr<rocksdb::Iterator> Runs() const;
  void Put(Family family, std::string_view key, std::string_view value,
           rocksdb::WriteBatch& batch) const;
  // Returns how many.
  std::uint64_t AddBlocks(const IndexedGroups& groups, rocksdb::WriteBatch& batch) const;
  // In the order of their keys, which is cheaper for RocksDB.
  void AddRuns(const IndexedGroups& groups, rocksdb::WriteBatch& batch) const;
  void AddRequests(const IndexedGroups& groups, rocksdb::WriteBatch& batch) const;
  void AddIds(const IndexedGroups& groups, rocksdb::WriteBatch& batch) const;

  std::unique_ptr<rocksdb::DB> db_;
  // Owned by us, to be destroyed before the database.
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  Tail tail_;
  // The last write met a full disk.
  bool was_full_ = false;
};

// Finds stored blocks by position, cheaply where they follow each other.
//
// One thread. Sees the store as it was when it was made.
class BlockCursor {
 public:
  // What is scanned leaves RocksDB's cache to others.
  enum class Use { kLookUp, kScan };

  BlockCursor(const RocksStore& store, Use use);

  // The block that has the record; null when it is not stored. DATA_LOSS RECORD_DAMAGED.
  absl::StatusOr<std::shared_ptr<const LoadedBlock>> BlockAt(Position position);

 private:
  std::unique_ptr<rocksdb::Iterator> blocks_;
  // Where the block after the last one found begins, if it is the next one of the iterator.
  Position next_;
};

// The families and settings with which the store is opened.
std::vector<rocksdb::ColumnFamilyDescriptor> StoreFamilies(const rocksdb::Options& options);
rocksdb::Options StoreOptions(rocksdb::Env* env, std::size_t cache_bytes = kStoreCacheBytes);

// The format mark; FAILED_PRECONDITION FORMAT_TOO_NEW or FORMAT_TOO_OLD, DATA_LOSS when it is not a
// number.
absl::Status CheckFormatMark(std::string_view mark);

// The mark of the last commit group; nothing when the bytes are none.
struct GroupMark {
  Position first;
  RocksStore::Counts counts;
};
std::optional<GroupMark> ParseGroupMark(std::string_view bytes);

// Positions of a run, as the store has them; nothing when the bytes are none.
std::optional<std::vector<Position>> ParseRun(std::string_view bytes);

// The block under a key of the store. DATA_LOSS RECORD_DAMAGED, naming `wanted`.
absl::StatusOr<std::shared_ptr<const LoadedBlock>> LoadBlock(const rocksdb::Iterator& block,
                                                             Position wanted);

// The record stored at `position`, from its bytes. DATA_LOSS RECORD_DAMAGED.
absl::StatusOr<v1::Record> ParseRecord(Position position, std::string_view bytes);

absl::Status RecordDamaged(Position position);

// A status of RocksDB in our vocabulary: DATA_LOSS for damage, RESOURCE_EXHAUSTED DISK_FULL,
// otherwise UNAVAILABLE STORE_FAILED.
absl::Status FromRocks(const rocksdb::Status& status);

}  // namespace mlup::log
