// The audit bundle: one file that proves one person's history. Bytes: eventstore/proof/README.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/proof/header.h"
#include "eventstore/proof/merkle.h"
#include "eventstore/proof/sparse_map.h"

namespace mlup::proof {

// A leaf of the map with its proof; a count of 0 is a proof of absence.
struct LeafProof {
  MapLeaf leaf;
  MapProof proof;
};

// A checkpoint that a witness cosigned, and that it is the beginning of the bundle's.
struct WitnessedCheckpoint {
  std::string note;
  std::vector<Hash> consistency;
};

struct BundledStream {
  std::string name;
  LeafProof proof;
};

// The subject's own part of an event.
struct ShownPart {
  // Among the parts of the header.
  std::uint16_t index = 0;
  std::string salt;
  std::string clear;
  std::string sealed;
};

struct BundledEvent {
  std::string header;
  // Index into Bundle::streams where the event is of an own stream.
  std::optional<std::uint16_t> stream;
  std::string common;
  std::optional<ShownPart> part;
};

struct Bundle {
  std::string subject_id;
  std::string checkpoint;
  std::vector<std::string> handovers;
  std::optional<WitnessedCheckpoint> witnessed;
  Position map_position;
  std::string map_header;
  std::string map_common;
  LeafProof subject;
  std::vector<BundledStream> streams;
  std::vector<BundledEvent> events;
  std::vector<Hash> inclusion;
};

std::string EncodeBundle(const Bundle& bundle);

// Strict. INVALID_ARGUMENT BUNDLE_MALFORMED, BUNDLE_VERSION_UNKNOWN.
absl::StatusOr<Bundle> ParseBundle(std::string_view bytes);

}  // namespace mlup::proof
