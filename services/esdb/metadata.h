// What is said about an external stream: which of its events are shown, and whether it is deleted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "mlup/log/v1/envelope.pb.h"

namespace mlup::esdb {

inline constexpr std::string_view kMetadataType = "$metadata";
inline constexpr std::string_view kTombstoneType = "$streamDeleted";
inline constexpr std::string_view kLinkType = "$>";
inline constexpr std::string_view kStreamReferenceType = "$@";
// `$tb` of a deleted stream, and the revision that clients see on its tombstone.
inline constexpr std::uint64_t kDeletedRevision = 0x7fffffffffffffff;

// The last event of a metadata stream. Revisions are the client's.
struct StreamMetadata {
  // Revision of that event, of ours; 0 when there is none.
  Revision revision;
  bool tombstoned = false;
  // The event itself.
  std::optional<log::v1::Record> record;
  std::optional<std::uint64_t> truncate_before;
  std::optional<std::uint64_t> max_count;
  std::optional<absl::Duration> max_age;
  // The whole metadata, a JSON object that the door for JSON lets through.
  std::string json = "{}";

  bool deleted() const { return truncate_before == kDeletedRevision; }
  // The first revision that is shown of a stream whose last is `last`.
  std::uint64_t FirstShown(std::uint64_t last) const;
  // Whether an event is young enough.
  bool IsYoung(absl::Time recorded_at, absl::Time now) const;
};

// Pure. What cannot be understood counts as not said.
StreamMetadata ParseMetadata(const log::v1::Record& last);

// The metadata with another `$tb`. Pure.
std::string WithTruncateBefore(const StreamMetadata& metadata, std::uint64_t revision);

}  // namespace mlup::esdb
