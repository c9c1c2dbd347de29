// Reads and changes the JSON of `$metadata` events.
#include "services/esdb/metadata.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "eventstore/base/check.h"
#include "eventstore/json/json_text.h"
#include "mlup/ext/v1/external_events.pb.h"

namespace mlup::esdb {
namespace {

std::optional<std::uint64_t> NumberIn(const nlohmann::json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number_integer()) return std::nullopt;
  if (!found->is_number_unsigned() && found->get<std::int64_t>() < 0) return std::nullopt;
  return found->get<std::uint64_t>();
}

}  // namespace

std::uint64_t StreamMetadata::FirstShown(std::uint64_t last) const {
  std::uint64_t first = truncate_before.value_or(0);
  if (max_count.has_value() && *max_count > 0 && last + 1 > *max_count) {
    first = std::max(first, last + 1 - *max_count);
  }
  return first;
}

bool StreamMetadata::IsYoung(absl::Time recorded_at, absl::Time now) const {
  return !max_age.has_value() || now - recorded_at < *max_age;
}

StreamMetadata ParseMetadata(const log::v1::Record& last) {
  StreamMetadata metadata;
  metadata.revision = {last.revision()};
  metadata.record = last;
  ext::v1::ExternalEvent event;
  if (!event.ParseFromString(last.event().common())) return metadata;
  metadata.tombstoned = event.type() == kTombstoneType;
  if (event.type() != kMetadataType) return metadata;
  const auto read = strict::ParseJson(event.data());
  if (!read.ok() || !read->is_object()) return metadata;
  const nlohmann::json& json = *read;
  metadata.json = event.data();
  metadata.truncate_before = NumberIn(json, "$tb");
  metadata.max_count = NumberIn(json, "$maxCount");
  if (const auto seconds = NumberIn(json, "$maxAge"); seconds.has_value() && *seconds > 0) {
    metadata.max_age = absl::Seconds(*seconds);
  }
  return metadata;
}

std::string WithTruncateBefore(const StreamMetadata& metadata, std::uint64_t revision) {
  auto json = strict::ParseJsonInOrder(metadata.json);
  CHECK(json.ok() && json->is_object());
  (*json)["$tb"] = revision;
  return json->dump();
}

}  // namespace mlup::esdb
