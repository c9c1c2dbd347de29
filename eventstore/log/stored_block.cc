#include "eventstore/log/stored_block.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <lz4.h>

#include "eventstore/base/bytes.h"
#include "eventstore/base/check.h"
#include "eventstore/journal/format.h"
#include "eventstore/log/read_rules.h"
#include "eventstore/log/record_view.h"

namespace mlup::log {
namespace {

constexpr std::size_t kNumberBytes = 4;
constexpr std::size_t kHeaderBytes = 2 * kNumberBytes;

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

std::string CompressBlock(std::uint32_t records, std::string_view block) {
  CHECK(block.size() <= LZ4_MAX_INPUT_SIZE);
  const int size = static_cast<int>(block.size());
  std::string value = BigEndian(records, kNumberBytes) + BigEndian(block.size(), kNumberBytes);
  value.resize(kHeaderBytes + static_cast<std::size_t>(LZ4_compressBound(size)));
  const int used = LZ4_compress_default(block.data(), value.data() + kHeaderBytes, size,
                                        LZ4_compressBound(size));
  CHECK(used > 0);
  value.resize(kHeaderBytes + static_cast<std::size_t>(used));
  return value;
}

std::shared_ptr<const LoadedBlock> LoadCompressed(Position first, std::string_view value) {
  if (value.size() < kHeaderBytes) return nullptr;
  const std::uint64_t records = FromBigEndian(value.substr(0, kNumberBytes));
  const std::uint64_t size = FromBigEndian(value.substr(kNumberBytes, kNumberBytes));
  value.remove_prefix(kHeaderBytes);
  if (size > journal::kPayloadBytesMax || value.size() > journal::kPayloadBytesMax) return nullptr;
  std::string bytes(size, '\0');
  const int used = LZ4_decompress_safe(value.data(), bytes.data(), static_cast<int>(value.size()),
                                       static_cast<int>(size));
  if (used < 0 || static_cast<std::uint64_t>(used) != size) return nullptr;
  auto loaded = LoadedBlock::Load(first, std::move(bytes));
  return loaded != nullptr && loaded->block().records.size() == records ? loaded : nullptr;
}

}  // namespace mlup::log
