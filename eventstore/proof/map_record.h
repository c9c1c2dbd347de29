// The event that records the root of the map: mlup.log.v1.MapRootRecorded on `system/map`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "eventstore/proof/merkle.h"
#include "mlup/log/v1/envelope.pb.h"

namespace mlup::proof {

inline constexpr std::string_view kMapStream = "system/map";
inline constexpr std::string_view kMapRecordType = "mlup.log.v1.MapRootRecorded";

// The root of the map over the first `size` events; size is at least 1.
struct MapRecord {
  std::uint64_t size = 0;
  Hash root{};

  // The common part of the event: `08 <size as varint> 12 20 <root>`.
  std::string ToCommon() const;

  // Nothing for any other bytes.
  static std::optional<MapRecord> FromCommon(std::string_view common);

  friend bool operator==(const MapRecord&, const MapRecord&) = default;
};

// True for an event of that type on that stream, whatever its common part.
bool IsMapRecord(const log::v1::Record& record);

// True for `system/…`, whose events are in the tree but not in the map.
bool IsSystemStream(std::string_view stream);

}  // namespace mlup::proof
