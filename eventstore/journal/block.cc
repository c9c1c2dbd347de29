#include "eventstore/journal/block.h"

#include <utility>

#include <lz4.h>

#include "eventstore/base/bytes.h"
#include "eventstore/base/check.h"
#include "eventstore/base/wire.h"

namespace mlup::journal {
namespace {

constexpr std::uint32_t kRecordField = 1;
constexpr std::uint32_t kKeyField = 2;
constexpr std::size_t kSizeBytes = 4;
constexpr std::size_t kUsualRecordBytes = 256;

}  // namespace

std::optional<Block> ParseBlock(std::string_view bytes) {
  Block block;
  block.bytes = bytes;
  block.records.reserve(bytes.size() / kUsualRecordBytes + 1);
  wire::Reader reader(bytes);
  const char* records_end = bytes.data();
  while (const std::uint32_t tag = reader.NextTag()) {
    if (tag == wire::Tag(kRecordField, wire::kBytes) && block.keys.empty()) {
      block.records.push_back(reader.Bytes());
      records_end = reader.place();
    } else if (tag == wire::Tag(kKeyField, wire::kBytes)) {
      block.keys.push_back(reader.Bytes());
    } else {
      return std::nullopt;
    }
  }
  if (reader.failed() || block.records.empty()) return std::nullopt;
  block.wire = bytes.substr(0, static_cast<std::size_t>(records_end - bytes.data()));
  return block;
}

std::string CompressBlock(std::string_view block) {
  CHECK(block.size() <= LZ4_MAX_INPUT_SIZE);
  std::string compressed = BigEndian(block.size(), kSizeBytes);
  compressed.resize(CompressedBytesMax(block.size()));
  const int used = LZ4_compress_default(block.data(), compressed.data() + kSizeBytes,
                                        static_cast<int>(block.size()),
                                        static_cast<int>(compressed.size() - kSizeBytes));
  CHECK(used > 0);
  compressed.resize(kSizeBytes + static_cast<std::size_t>(used));
  return compressed;
}

std::size_t CompressedBytesMax(std::size_t bytes) { return kSizeBytes + LZ4_COMPRESSBOUND(bytes); }

std::optional<std::string> DecompressBlock(std::string_view compressed, std::size_t max) {
  if (compressed.size() < kSizeBytes || compressed.size() > CompressedBytesMax(max)) {
    return std::nullopt;
  }
  const std::uint64_t size = FromBigEndian(compressed.substr(0, kSizeBytes));
  compressed.remove_prefix(kSizeBytes);
  if (size > max) return std::nullopt;
  std::string block(size, '\0');
  const int used = LZ4_decompress_safe(compressed.data(), block.data(),
                                       static_cast<int>(compressed.size()), static_cast<int>(size));
  if (used < 0 || static_cast<std::uint64_t>(used) != size) return std::nullopt;
  return block;
}

void AddRecordField(std::string_view record, std::string& to) {
  wire::AddBytes(kRecordField, record, to);
}

void BlockBuilder::AddKey(std::string_view key) { wire::AddBytes(kKeyField, key, keys_); }

void BlockBuilder::AddRecord(std::string_view record) {
  AddRecordField(record, records_);
  ++count_;
}

std::string BlockBuilder::Finish() {
  std::string block;
  block.reserve(bytes());
  block += records_;
  block += keys_;
  records_.clear();
  keys_.clear();
  count_ = 0;
  return block;
}

}  // namespace mlup::journal
