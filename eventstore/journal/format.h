// The bytes of the commit journal; the table and an example are in eventstore/README.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

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
// A group is at most kGroupBytesMax of records; groups of earlier versions were counted by their
// requests, and the records of small events were up to six times as large.
inline constexpr std::size_t kBlockBytesMax = 8 * kGroupBytesMax;

// A BLAKE2b hash of 16 bytes.
using Digest = std::string;

// What stands before the first frame.
Digest NoDigest();
// What two copies of the log compare: the hash of a record's stored bytes.
Digest HashOf(std::string_view record);

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
// The version of a segment that another program wrote; 0 for one of ours, damaged or not.
int OtherVersionOf(std::string_view segment);
inline constexpr int kSegmentVersion = 2;
// FAILED_PRECONDITION FORMAT_TOO_NEW or FORMAT_TOO_OLD: `what` was written in another format.
absl::Status OtherFormat(std::string_view what, std::uint64_t found, std::uint64_t ours);
bool IsOtherFormat(const absl::Status& status);

// One commit group. Views into the bytes it was parsed from.
struct Frame {
  Position first;
  std::uint32_t count = 0;
  std::string_view previous;  // checksum of the frame before
  std::string_view checksum;
  std::string_view payload;  // a compressed block, see block.h

  Position last() const { return {first.value + count - 1}; }
};

// Bytes of a frame on disk.
constexpr std::size_t FrameBytes(std::size_t payload) {
  return (kFrameHeaderBytes + payload + kFrameAlignment - 1) / kFrameAlignment * kFrameAlignment;
}

// A frame of a journal, up to and including which it was verified or written.
struct Place {
  std::string folder;  // name of the set of segments; empty for no place
  std::uint64_t segment = 0;
  std::uint64_t offset = 0;  // where the frame begins
  Digest checksum;           // of the frame
  Position head;             // its last position
  Digest head_hash;          // HashOf() the record there
};

// `frame.checksum` is not looked at: it is computed.
std::string Encode(std::string_view id, const Frame& frame);
// The checksum in the header of an encoded frame.
Digest ChecksumIn(std::string_view frame_bytes);
// The frame at the beginning of `bytes`; nothing when it is not whole.
std::optional<Frame> ParseFrame(std::string_view id, std::string_view bytes);

}  // namespace mlup::journal
