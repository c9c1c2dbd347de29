// The bytes in which records are kept and passed on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// All functions are pure and may be called from any thread.
namespace mlup::journal {

// A block is records in order, then the keys of the appends that begin in it, in order: the wire
// form of a message with `repeated Record records = 1` and `repeated bytes request_keys = 2`, so
// that its records are passed on as they stand in any message that has them as field 1.
//
// Views into the bytes it was parsed from.
struct Block {
  std::string_view bytes;  // all of it
  std::vector<std::string_view> records;
  std::vector<std::string_view> keys;
  // The first bytes: all records, as a field of a message.
  std::string_view wire;
};

// Nothing when the bytes are not whole records and keys, or hold no record.
std::optional<Block> ParseBlock(std::string_view bytes);

// A block as it is kept on a disk: its bytes as a number (4, big-endian), then the block as LZ4.
std::string CompressBlock(std::string_view block);
// At most so many bytes are made of a block of `bytes`.
std::size_t CompressedBytesMax(std::size_t bytes);
// The block; nothing when the bytes are not what CompressBlock() makes of one of at most `max`.
std::optional<std::string> DecompressBlock(std::string_view compressed, std::size_t max);

// The bytes of one record as a field of a message, added to `to`.
void AddRecordField(std::string_view record, std::string& to);

// Gathers a block. One thread; a value.
class BlockBuilder {
 public:
  // The key of the append whose records come next.
  void AddKey(std::string_view key);
  void AddRecord(std::string_view record);

  // Records so far.
  std::uint32_t count() const { return count_; }
  std::size_t bytes() const { return records_.size() + keys_.size(); }

  // The block; the builder is empty again, and keeps its memory.
  std::string Finish();

 private:
  std::string records_;
  std::string keys_;
  std::uint32_t count_ = 0;
};

}  // namespace mlup::journal
