// The log's RocksDB: how it is opened, what is read from it, and how errors are told. Used by
// RocksEventLog and its committer only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/write_batch.h>

#include "eventstore/base/types.h"
#include "eventstore/journal/format.h"
#include "mlup/log/v1/event_store.pb.h"

namespace mlup::log {

// The four column families of keys.h.
//
// Reads from any thread; Write() from one. Owns the database; borrows `env`. Knows nothing of the
// watermark: callers bound what they read.
class RocksStore {
 public:
  // The end of the log as found at open.
  struct Tail {
    Position head;
    absl::Time recorded_at = absl::InfinitePast();
    std::uint64_t appends = 0;
  };
  enum class Durability { kWritten, kSynced };

  // Opens or makes the store and checks its end. Errors as RocksEventLog::Open.
  static absl::StatusOr<std::unique_ptr<RocksStore>> Open(
      const std::string& path, rocksdb::Env* env = rocksdb::Env::Default());

  ~RocksStore();
  RocksStore(const RocksStore&) = delete;
  RocksStore& operator=(const RocksStore&) = delete;

  const Tail& tail() const { return tail_; }

  // The last revision of a stream whose position is not past `upto`; 0 when there is none.
  absl::StatusOr<Revision> StreamHead(std::string_view stream, Position upto) const;

  // The records of the append with this key; empty when there is none up to `upto`.
  absl::StatusOr<std::vector<v1::Record>> FindAppend(const v1::RequestKey& key,
                                                     Position upto) const;

  // DATA_LOSS RECORD_DAMAGED, naming the position, when it is not there or not whole.
  absl::StatusOr<v1::Record> ReadRecord(Position position) const;

  // Positions of `stream` from a revision on, by an iterator over the index.
  std::unique_ptr<rocksdb::Iterator> StreamIndex() const;
  // All records, by position.
  std::unique_ptr<rocksdb::Iterator> Records() const;

  // The stored bytes of a record. Errors as ReadRecord().
  absl::StatusOr<std::string> ReadBytes(Position position) const;

  // Index of requests: key, first position.
  std::unique_ptr<rocksdb::Iterator> RequestIndex() const;

  // Adds what one append writes: records, their index entries and its request. `records` are those
  // of `stored`.
  void Add(const journal::StoredAppend& stored, const std::vector<v1::Record>& records,
           rocksdb::WriteBatch& batch) const;

  // Ends a commit group that begins at `first`; `appends` is the number of all appends with it.
  void EndGroup(Position first, std::uint64_t appends, rocksdb::WriteBatch& batch) const;

  // Returns when the batch is written, or synced with all before it. RESOURCE_EXHAUSTED DISK_FULL;
  // UNAVAILABLE STORE_FAILED.
  absl::Status Write(rocksdb::WriteBatch& batch, Durability durability);

  // Returns when everything written is synced.
  absl::Status Sync();

  // Notes durably which journal belongs to this store; a store of format 1 becomes one of 2.
  absl::Status SetJournal(std::string_view id);

 private:
  enum Family { kMarks, kRecords, kStreams, kRequests, kFamilies };

  RocksStore() = default;

  absl::Status CheckFormat();
  absl::Status CheckTail();
  absl::Status CountAppends();
  void Put(Family family, std::string_view key, std::string_view value,
           rocksdb::WriteBatch& batch) const;

  std::unique_ptr<rocksdb::DB> db_;
  // Owned by us, to be destroyed before the database.
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  Tail tail_;
};

// The families and settings with which the store is opened.
std::vector<rocksdb::ColumnFamilyDescriptor> StoreFamilies(const rocksdb::Options& options);
rocksdb::Options StoreOptions(rocksdb::Env* env);

// The format mark; FAILED_PRECONDITION FORMAT_TOO_NEW, DATA_LOSS when it is not a number.
absl::Status CheckFormatMark(std::string_view mark);

// The record stored at `position`, from its bytes. DATA_LOSS RECORD_DAMAGED.
absl::StatusOr<v1::Record> ParseRecord(Position position, const rocksdb::Slice& bytes);

absl::Status RecordDamaged(Position position);

// A status of RocksDB in our vocabulary: DATA_LOSS for damage, RESOURCE_EXHAUSTED DISK_FULL,
// otherwise UNAVAILABLE STORE_FAILED.
absl::Status FromRocks(const rocksdb::Status& status);

}  // namespace mlup::log
