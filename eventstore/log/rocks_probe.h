// Looks at the log's RocksDB without changing a byte of it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include <rocksdb/db.h>

#include "eventstore/base/files.h"
#include "eventstore/log/rocks_store.h"
#include "eventstore/log/start_up_rules.h"

namespace mlup::log {

// A store opened for reading only, with what was found. RocksDB itself opens a store that lost
// events from its middle or its end without a word, and a read-write open then deletes what could
// have told: so this comes first.
//
// One thread. Borrows `env`. kQuick looks at the ranges and counts of all table files and walks
// through what is only in the write-ahead log; kWhole verifies every checksum, record and index
// entry.
class RocksProbe {
 public:
  enum class Depth { kQuick, kWhole };

  // FAILED_PRECONDITION FORMAT_TOO_NEW, FORMAT_TOO_OLD. Damage is no error here: it is in view().
  static absl::StatusOr<std::unique_ptr<RocksProbe>> Open(Files& files, const std::string& path,
                                                          rocksdb::Env* env, Depth depth);
  ~RocksProbe();
  RocksProbe(const RocksProbe&) = delete;
  RocksProbe& operator=(const RocksProbe&) = delete;

  const StoreView& view() const { return view_; }

  // HashOf() the record at `position`; empty when it cannot be read.
  std::string HashAt(Position position) const;

  // The stored bytes of every record, in order; what `visit` returns ends the reading unless OK.
  absl::Status ReadRecords(const std::function<absl::Status(std::string_view bytes)>& visit) const;

 private:
  RocksProbe() = default;

  absl::Status Look(Depth depth);
  std::unique_ptr<rocksdb::Iterator> Walk(int family) const;
  absl::Status ReadMarks();
  absl::Status CheckRecords();
  absl::Status CheckCounts();
  absl::Status CheckEverything();
  absl::Status CheckIds();

  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  std::string mark_;
  std::optional<GroupMark> group_;
  StoreView view_;
};

}  // namespace mlup::log
