// Blocks of records: at hand in memory, and as RocksDB has them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eventstore/base/types.h"
#include "eventstore/journal/block.h"

namespace mlup::log {

// A block and where it stands. Immutable; any thread.
class LoadedBlock {
 public:
  // Null when the bytes are not a block whose first record has this position.
  static std::shared_ptr<const LoadedBlock> Load(Position first, std::string bytes);

  LoadedBlock(const LoadedBlock&) = delete;
  LoadedBlock& operator=(const LoadedBlock&) = delete;

  Position first() const { return first_; }
  Position last() const { return {first_.value + block_.records.size() - 1}; }
  bool Has(Position position) const { return first_ <= position && position <= last(); }
  // The bytes of a record that it has.
  std::string_view record(Position position) const {
    return block_.records[position.value - first_.value];
  }
  const journal::Block& block() const { return block_; }
  // Of all records, without what stands between them.
  std::size_t record_bytes() const { return record_bytes_; }
  // Whether a record is one of the log's own.
  bool HasSystem() const;
  std::size_t bytes() const { return bytes_.size(); }

  // For each record the key of the append that begins with it; empty where none does.
  std::vector<std::string_view> KeysByRecord() const;

 private:
  LoadedBlock(Position first, std::string bytes) : first_(first), bytes_(std::move(bytes)) {}

  const Position first_;
  const std::string bytes_;
  // Views into them.
  journal::Block block_;
  std::size_t record_bytes_ = 0;
};

// The value of a block in RocksDB: how many records (4), the compressed block.
std::string StoredValue(std::uint32_t records, std::string_view block);

// Null when the value is not what StoredValue() makes of a block that ends with `last`.
std::shared_ptr<const LoadedBlock> LoadStored(Position last, std::string_view value);

}  // namespace mlup::log
