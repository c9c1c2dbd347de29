// The canonical header of an event and the digests it commits to. Formats:
// eventstore/proof/README.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/proof/merkle.h"
#include "mlup/log/v1/envelope.pb.h"

// All functions are pure and may be called from any thread.
namespace mlup::proof {

// SHA-256 of a stream's name.
Hash StreamDigest(std::string_view stream);

// Digest of one subject's part.
Hash PartDigest(const log::v1::SubjectPart& part);

// What the format cannot hold: texts over their bytes, numbers of enums over 255, nanoseconds of a
// second or more. INVALID_ARGUMENT HEADER_UNFIT naming the field.
absl::Status CheckHeader(const log::v1::Record& record);

// The bytes of the header of a stored record, whose stream's event before it has the header hash
// `previous` (zeros at revision 1). CHECKs what CheckHeader() would refuse.
std::string MakeHeader(const log::v1::Record& record, const Hash& previous);

// The same, added to `to`.
void AppendHeader(const log::v1::Record& record, const Hash& previous, std::string& to);

// What a header says.
struct Header {
  Position position;
  Hash stream{};
  Revision revision;
  Hash previous{};
  absl::Time recorded_at;
  std::optional<absl::Time> clock_behind;
  std::string event_id;
  std::string type;
  std::uint32_t schema_version = 0;
  log::v1::Occurred occurred;
  std::optional<absl::Time> source_recorded_at;
  log::v1::Actor actor;
  std::string reason;
  std::string place;
  // Empty where the actor recorded it itself.
  std::string recorded_by;
  Hash common{};
  std::vector<Hash> parts;
};

// Reads a header strictly: every byte counts. INVALID_ARGUMENT HEADER_MALFORMED.
absl::StatusOr<Header> ParseHeader(std::string_view bytes);

// Keys and values of the map.
Hash StreamKey(std::string_view stream);
Hash SubjectKey(std::string_view subject_id);

// A leaf of the map: how many events, and the head of their chain.
struct MapLeaf {
  std::uint64_t count = 0;
  Hash head{};

  Hash Value() const;
  friend bool operator==(const MapLeaf&, const MapLeaf&) = default;
};

// The chain of a subject after one more event.
MapLeaf Extend(const MapLeaf& subject, const Hash& header_hash);

}  // namespace mlup::proof
