#include "eventstore/proof/bundle_set.h"

#include <cstdint>
#include <optional>

#include "eventstore/base/check.h"
#include "eventstore/proof/bytes.h"

namespace mlup::proof {
namespace {

constexpr std::string_view kSetMagic = "mlupBNS1";
constexpr std::string_view kSetFamily = kSetMagic.substr(0, 7);

absl::Status Malformed(std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "BUNDLE_MALFORMED", what);
}

BundleSet TakeSet(ByteReader& from) {
  BundleSet set;
  for (std::size_t count = from.U16(); from.ok() && set.bundles.size() < count;) {
    set.bundles.emplace_back(from.Str());
  }
  for (std::size_t count = from.U16(); from.ok() && set.undoings.size() < count;) {
    Undoing undoing;
    undoing.header = from.Str();
    undoing.common = from.Str();
    set.undoings.push_back(std::move(undoing));
  }
  for (std::size_t count = from.U32(); from.ok() && set.inclusion.size() < count;) {
    set.inclusion.push_back(from.Digest());
  }
  return set;
}

// A number of protobuf's wire format; nothing where it is cut short or too long.
std::optional<std::uint64_t> TakeVarint(std::string_view& bytes) {
  std::uint64_t number = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    number |= std::uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return number;
  }
  return std::nullopt;
}

// The text field of this number in a message without groups and fixed numbers, which these events
// do not have; empty where there is none.
std::string TextField(std::string_view message, std::uint64_t number) {
  std::string found;
  while (!message.empty()) {
    const std::optional<std::uint64_t> tag = TakeVarint(message);
    const std::optional<std::uint64_t> value = tag ? TakeVarint(message) : std::nullopt;
    if (!value || (*tag & 7) % 2 != 0) return "";
    if ((*tag & 7) == 0) continue;
    if ((*tag & 7) != 2 || *value > message.size()) return "";
    if (*tag >> 3 == number) found = message.substr(0, *value);
    message.remove_prefix(*value);
  }
  return found;
}

}  // namespace

std::string EncodeBundleSet(const BundleSet& set) {
  CHECK(!set.bundles.empty() && set.bundles.size() <= 0xffff && set.undoings.size() <= 0xffff);
  if (set.bundles.size() == 1 && set.undoings.empty()) return set.bundles.front();
  std::string bytes;
  ByteWriter to(bytes);
  to.Bytes(kSetMagic);
  to.U16(set.bundles.size());
  for (const std::string& bundle : set.bundles) to.Str(bundle);
  to.U16(set.undoings.size());
  for (const Undoing& undoing : set.undoings) {
    to.Str(undoing.header);
    to.Str(undoing.common);
  }
  to.U32(set.inclusion.size());
  for (const Hash& hash : set.inclusion) to.Digest(hash);
  return bytes;
}

absl::StatusOr<BundleSet> ParseBundleSet(std::string_view bytes) {
  if (!bytes.starts_with(kSetFamily) || bytes.size() < kSetMagic.size()) {
    return BundleSet{.bundles = {std::string(bytes)}, .undoings = {}, .inclusion = {}};
  }
  if (!bytes.starts_with(kSetMagic)) {
    return Error(absl::StatusCode::kInvalidArgument, "BUNDLE_VERSION_UNKNOWN",
                 "the bundles are of a version that this verifier does not know: use a newer one");
  }
  ByteReader from(bytes.substr(kSetMagic.size()));
  BundleSet set = TakeSet(from);
  if (!from.Whole()) return Malformed("the file is cut short, too long or damaged");
  if (set.bundles.empty() || (set.bundles.size() == 1 && set.undoings.empty())) {
    return Malformed("one record is written as one bundle");
  }
  return set;
}

std::string UndoneBy(std::string_view type, std::string_view common) {
  if (type == kUnmergedType) return TextField(common, 2);
  return type == kVoidedType ? TextField(common, 1) : "";
}

}  // namespace mlup::proof
