#include "eventstore/log/stored_block.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "eventstore/base/bytes.h"
#include "eventstore/journal/format.h"
#include "eventstore/log/read_rules.h"
#include "eventstore/log/record_view.h"

namespace mlup::log {
namespace {

constexpr std::size_t kCountBytes = 4;

}  // namespace

std::shared_ptr<const LoadedBlock> LoadedBlock::Load(Position first, std::string bytes) {
  std::shared_ptr<LoadedBlock> loaded(new LoadedBlock(first, std::move(bytes)));
  std::optional<journal::Block> block = journal::ParseBlock(loaded->bytes_);
  if (!block.has_value()) return nullptr;
  loaded->block_ = *std::move(block);
  for (const std::string_view record : loaded->block_.records) {
    loaded->record_bytes_ += record.size();
  }
  const auto record = ViewRecord(loaded->block_.records.front());
  return record.has_value() && record->position == first ? loaded : nullptr;
}

bool LoadedBlock::HasSystem() const {
  return std::any_of(block_.records.begin(), block_.records.end(),
                     [](std::string_view record) { return IsSystem(StreamOf(record)); });
}

std::vector<std::string_view> LoadedBlock::KeysByRecord() const {
  std::vector<std::string_view> keys(block_.records.size());
  auto key = block_.keys.begin();
  for (std::size_t i = 0; i < keys.size() && key != block_.keys.end(); ++i) {
    const auto view = ViewRecord(block_.records[i]);
    if (view.has_value() && view->append_first.value == first_.value + i) keys[i] = *key++;
  }
  return keys;
}

std::string StoredValue(std::uint32_t records, std::string_view block) {
  return BigEndian(records, kCountBytes) + journal::CompressBlock(block);
}

std::shared_ptr<const LoadedBlock> LoadStored(Position last, std::string_view value) {
  if (value.size() < kCountBytes) return nullptr;
  const std::uint64_t records = FromBigEndian(value.substr(0, kCountBytes));
  if (records == 0 || records > last.value) return nullptr;
  auto bytes = journal::DecompressBlock(value.substr(kCountBytes), journal::kBlockBytesMax);
  if (!bytes.has_value()) return nullptr;
  auto loaded = LoadedBlock::Load({last.value - records + 1}, *std::move(bytes));
  return loaded != nullptr && loaded->block().records.size() == records ? loaded : nullptr;
}

}  // namespace mlup::log
