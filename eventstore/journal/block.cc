#include "eventstore/journal/block.h"

#include "eventstore/base/wire.h"

namespace mlup::journal {
namespace {

constexpr std::uint32_t kRecordField = 1;
constexpr std::uint32_t kKeyField = 2;
constexpr std::size_t kUsualRecordBytes = 256;

}  // namespace

std::optional<Block> ParseBlock(std::string_view bytes) {
  Block block;
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
