// The bytes of the commit journal; the table and an example are in eventstore/README.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/limits.h"
#include "eventstore/base/types.h"

// All functions are pure and may be called from any thread.
namespace mlup::journal {

inline constexpr std::size_t kDigestBytes = 16;
inline constexpr std::size_t kIdBytes = 16;
inline constexpr std::size_t kSegmentHeaderBytes = 512;  // a sector of its own
inline constexpr std::size_t kFrameHeaderBytes = 56;
inline constexpr std::size_t kFrameAlignment = 8;
inline constexpr std::uint64_t kSegmentBytesMin = 1 << 20;
inline constexpr std::uint64_t kSegmentBytesMax = 16 << 20;
// A group is at most kGroupBytesMax of requests; the records of small events are up to six times as
// large.
inline constexpr std::size_t kPayloadBytesMax = 8 * kGroupBytesMax;

// A BLAKE2b hash of 16 bytes.
using Digest = std::string;

// What stands before the first frame.
Digest NoDigest();
// What two copies of the log compare: the hash of a record's stored bytes.
Digest HashOf(std::string_view record);

// One append as it is stored: the key of its request in the index, and the bytes of its records.
struct StoredAppend {
  std::string request_key;
  std::vector<std::string> records;
};

void AddToPayload(const StoredAppend& append, std::string& payload);
// Nothing when the payload is not made of whole appends.
std::optional<std::vector<StoredAppend>> ParsePayload(std::string_view payload);
// The same without copying: how many records there are, and the last of them.
struct PayloadExtent {
  std::uint64_t records = 0;
  std::string_view last;
};
std::optional<PayloadExtent> MeasurePayload(std::string_view payload);

// How a segment begins.
struct SegmentHeader {
  std::string id;  // of the journal; random, the key of every checksum in it
  std::uint64_t number = 0;
  std::uint64_t bytes = 0;  // of the whole file, written before it got its name
  Position first;           // of the first frame
  Digest previous;          // checksum of the frame before it
};
std::string Encode(const SegmentHeader& header);
std::optional<SegmentHeader> ParseSegmentHeader(std::string_view bytes);
// The version of a segment that a later program wrote; 0 for one of ours, damaged or not.
int NewerVersionOf(std::string_view segment);
inline constexpr int kSegmentVersion = 1;

// One commit group. Views into the bytes it was parsed from.
struct Frame {
  Position first;
  std::uint32_t count = 0;
  std::string_view previous;  // checksum of the frame before
  std::string_view checksum;
  std::string_view payload;

  Position last() const { return {first.value + count - 1}; }
};

// Bytes of a frame on disk.
constexpr std::size_t FrameBytes(std::size_t payload) {
  return (kFrameHeaderBytes + payload + kFrameAlignment - 1) / kFrameAlignment * kFrameAlignment;
}

// `frame.checksum` is not looked at: it is computed.
std::string Encode(std::string_view id, const Frame& frame);
// The checksum in the header of an encoded frame.
Digest ChecksumIn(std::string_view frame_bytes);
// The frame at the beginning of `bytes`; nothing when it is not whole.
std::optional<Frame> ParseFrame(std::string_view id, std::string_view bytes);

}  // namespace mlup::journal
