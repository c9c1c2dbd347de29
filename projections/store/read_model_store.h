// Where a projection keeps its rows: ordered keys, one atomic batch for rows and checkpoint.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"

namespace mlup::projections {

// How far a read model is, and in which history: `history` are the first 8 bytes of a hash of the
// record at `position`, so that a log that was replaced is noticed.
struct Checkpoint {
  Position position;
  std::uint64_t history = 0;

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// The writes of one batch. A later write to a key replaces an earlier one.
class Rows {
 public:
  // Until the next Put().
  struct Write {
    std::string_view key;
    std::string_view value;
  };

  void Put(std::string_view key, std::string_view value) {
    places_.push_back({bytes_.size(), key.size(), value.size()});
    bytes_.append(key).append(value);
  }
  // In order of their keys, of each the last.
  std::vector<Write> InOrder() const;
  bool empty() const { return places_.empty(); }
  std::size_t size() const { return places_.size(); }
  // Of keys and values.
  std::size_t bytes() const { return bytes_.size(); }
  // Drops the writes after the first `size`.
  void Truncate(std::size_t size);

  // Says that the record at hand cannot be read by this program, and that the rows do without what
  // it holds.
  void PassOver() { ++passed_over_; }
  std::size_t passed_over() const { return passed_over_; }

 private:
  struct Place {
    std::size_t at;
    std::size_t key;
    std::size_t value;
  };

  // All keys and values, one after another.
  std::string bytes_;
  std::vector<Place> places_;
  std::size_t passed_over_ = 0;
};

// One consistent state of the rows; later batches do not show. Any thread; must not outlive its
// store.
class Snapshot {
 public:
  using Visit = std::function<absl::Status(std::string_view key, std::string_view value)>;

  virtual ~Snapshot() = default;

  virtual Checkpoint checkpoint() const = 0;

  // The value of a key, or nothing.
  virtual absl::StatusOr<std::optional<std::string>> Get(std::string_view key) const = 0;

  // Visits the rows whose key starts with `prefix`, in order of their bytes. Stops at the first
  // error and returns it. DATA_LOSS when the rows cannot be read.
  virtual absl::Status ForEach(std::string_view prefix, const Visit& visit) const = 0;

  // The same for all rows whose key is not before `first`.
  virtual absl::Status ForEachFrom(std::string_view first, const Visit& visit) const = 0;
};

// The rows of one projection. Two implementations: MemoryReadModelStore, and the one over RocksDB
// (rocks_read_model_store.h). Everything in it can be deleted and rebuilt from the log.
//
// One writer; any thread may take snapshots.
class ReadModelStore {
 public:
  virtual ~ReadModelStore() = default;

  // Writes the rows and the checkpoint together or not at all. A crash may lose the last batches,
  // but never a part of one, nor one before another that is kept.
  virtual absl::Status Commit(const Rows& rows, const Checkpoint& checkpoint) = 0;

  // Deletes every row and the checkpoint.
  virtual absl::Status Clear() = 0;

  // Looks at every byte; what is damaged is then known as if it had been read.
  virtual void Check() {}
  // Whether a read met damage since the last Clear().
  virtual bool IsDamaged() const { return false; }
  // Who is called when that becomes so, on the thread that reads. Once, before the store is shared;
  // null before the one called goes.
  virtual void WhenDamaged(std::function<void()>) {}

  virtual std::unique_ptr<Snapshot> TakeSnapshot() const = 0;

  // Raised when rows are served that do not follow from those before: whoever keeps what it read
  // reads anew.
  virtual std::uint64_t replaced() const { return 0; }
};

// Rows in memory, for tests. A snapshot is a copy.
class MemoryReadModelStore final : public ReadModelStore {
 public:
  absl::Status Commit(const Rows& rows, const Checkpoint& checkpoint) override;
  absl::Status Clear() override;
  std::unique_ptr<Snapshot> TakeSnapshot() const override;

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::string, std::less<>> rows_ ABSL_GUARDED_BY(mutex_);
  Checkpoint checkpoint_ ABSL_GUARDED_BY(mutex_);
};

// BLAKE2b over every row in order, as 64 hexadecimal digits: equal for equal rows. CANCELLED once
// somebody asks to stop.
absl::StatusOr<std::string> DigestRows(const Snapshot& snapshot, const std::stop_token& stop = {});

// The first keys, in no order, of which one has a row and the other none or another one; `at_most`
// of them. CANCELLED as above.
absl::StatusOr<std::vector<std::string>> DifferingKeys(const Snapshot& one, const Snapshot& other,
                                                       std::size_t at_most,
                                                       const std::stop_token& stop = {});

}  // namespace mlup::projections
