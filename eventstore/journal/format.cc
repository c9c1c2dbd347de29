#include "eventstore/journal/format.h"

#include <bit>
#include <initializer_list>

#include "absl/strings/str_cat.h"
#include <sodium.h>

#include "eventstore/base/bytes.h"
#include "eventstore/base/check.h"
#include "eventstore/base/status.h"
#include "eventstore/journal/block.h"

namespace mlup::journal {
namespace {

constexpr std::string_view kSegmentMagic = "mlupJRN2";
constexpr std::string_view kFrameMagic = "mlJF";
constexpr std::size_t kChecksumAt = 40;
constexpr std::size_t kSegmentHeaderUsed = 64;
static_assert(kChecksumAt + kDigestBytes == kFrameHeaderBytes);
static_assert(FrameBytes(0) == kFrameHeaderBytes);

void Put(std::uint64_t number, std::size_t bytes, std::string& to) {
  to += BigEndian(number, bytes);
}

// Takes parts off the front of some bytes; all is empty or 0 after taking too much.
class Taker {
 public:
  explicit Taker(std::string_view bytes) : rest_(bytes) {}

  std::string_view Bytes(std::size_t count) {
    if (count > rest_.size()) {
      short_ = true;
      return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::uint64_t Number(std::size_t bytes) { return FromBigEndian(Bytes(bytes)); }
  bool AtEnd() const { return rest_.empty(); }
  bool TookTooMuch() const { return short_; }

 private:
  std::string_view rest_;
  bool short_ = false;
};

Digest Hash(std::string_view key, std::initializer_list<std::string_view> parts) {
  static const bool ready = sodium_init() >= 0;
  CHECK(ready);
  crypto_generichash_state state;
  CHECK(crypto_generichash_init(&state, AsBytes(key), key.size(), kDigestBytes) == 0);
  for (const std::string_view part : parts) {
    CHECK(crypto_generichash_update(&state, AsBytes(part), part.size()) == 0);
  }
  Digest digest(kDigestBytes, '\0');
  CHECK(crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(digest.data()),
                                 kDigestBytes) == 0);
  return digest;
}

}  // namespace

Digest NoDigest() { return Digest(kDigestBytes, '\0'); }

Digest HashOf(std::string_view record) { return Hash({}, {record}); }

std::string Encode(const SegmentHeader& header) {
  CHECK(header.id.size() == kIdBytes && header.previous.size() == kDigestBytes);
  std::string bytes(kSegmentMagic);
  bytes += header.id;
  Put(header.number, 8, bytes);
  Put(header.bytes, 8, bytes);
  Put(header.first.value, 8, bytes);
  bytes += header.previous;
  CHECK(bytes.size() == kSegmentHeaderUsed);
  bytes += Hash(header.id, {bytes});
  bytes.resize(kSegmentHeaderBytes);
  return bytes;
}

std::optional<SegmentHeader> ParseSegmentHeader(std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderBytes) return std::nullopt;
  Taker taker(bytes);
  if (taker.Bytes(kSegmentMagic.size()) != kSegmentMagic) return std::nullopt;
  SegmentHeader header;
  header.id = taker.Bytes(kIdBytes);
  header.number = taker.Number(8);
  header.bytes = taker.Number(8);
  header.first = {taker.Number(8)};
  header.previous = taker.Bytes(kDigestBytes);
  const Digest digest = Hash(header.id, {bytes.substr(0, kSegmentHeaderUsed)});
  if (taker.Bytes(kDigestBytes) != digest) return std::nullopt;
  return header;
}

int OtherVersionOf(std::string_view segment) {
  constexpr std::size_t kDigitAt = kSegmentMagic.size() - 1;
  if (segment.size() < kSegmentHeaderBytes) return 0;
  const int version = segment[kDigitAt] - '0';
  if (segment.substr(0, kDigitAt) != kSegmentMagic.substr(0, kDigitAt)) return 0;
  if (version == kSegmentVersion || version < 1 || version > 9) return 0;
  // One flipped bit in the digit of one of ours is damage.
  const auto flipped = static_cast<unsigned>(version ^ kSegmentVersion);
  std::string ours(segment.substr(0, kSegmentHeaderBytes));
  ours[kDigitAt] = kSegmentMagic[kDigitAt];
  return std::popcount(flipped) == 1 && ParseSegmentHeader(ours).has_value() ? 0 : version;
}

absl::Status OtherFormat(std::string_view what, std::uint64_t found, std::uint64_t ours) {
  const bool is_newer = found > ours;
  return Error(
      absl::StatusCode::kFailedPrecondition, is_newer ? "FORMAT_TOO_NEW" : "FORMAT_TOO_OLD",
      absl::StrCat(ToAbsl(what), " was written in format ", found, ", this program knows format ",
                   ours, ": use the mlupd that wrote it", is_newer ? ", or a later one" : ""));
}

bool IsOtherFormat(const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  return reason == "FORMAT_TOO_NEW" || reason == "FORMAT_TOO_OLD";
}

std::string Encode(std::string_view id, const Frame& frame) {
  CHECK(frame.payload.size() <= CompressedBytesMax(kBlockBytesMax) &&
        frame.previous.size() == kDigestBytes);
  std::string bytes;
  bytes.reserve(FrameBytes(frame.payload.size()));
  bytes += kFrameMagic;
  Put(frame.payload.size(), 4, bytes);
  Put(frame.first.value, 8, bytes);
  Put(frame.count, 4, bytes);
  Put(0, 4, bytes);
  bytes += frame.previous;
  CHECK(bytes.size() == kChecksumAt);
  bytes += Hash(id, {bytes, frame.payload});
  bytes += frame.payload;
  bytes.resize(FrameBytes(frame.payload.size()));
  return bytes;
}

Digest ChecksumIn(std::string_view frame_bytes) {
  return Digest(frame_bytes.substr(kChecksumAt, kDigestBytes));
}

std::optional<Frame> ParseFrame(std::string_view id, std::string_view bytes) {
  Taker taker(bytes);
  if (taker.Bytes(kFrameMagic.size()) != kFrameMagic) return std::nullopt;
  const std::uint64_t payload = taker.Number(4);
  Frame frame;
  frame.first = {taker.Number(8)};
  frame.count = static_cast<std::uint32_t>(taker.Number(4));
  const std::uint64_t reserved = taker.Number(4);
  frame.previous = taker.Bytes(kDigestBytes);
  frame.checksum = taker.Bytes(kDigestBytes);
  frame.payload = taker.Bytes(payload);
  if (taker.TookTooMuch() || payload > CompressedBytesMax(kBlockBytesMax) || reserved != 0 ||
      frame.count == 0 || frame.last() < frame.first) {
    return std::nullopt;
  }
  if (Hash(id, {bytes.substr(0, kChecksumAt), frame.payload}) != frame.checksum) {
    return std::nullopt;
  }
  return frame;
}

}  // namespace mlup::journal
