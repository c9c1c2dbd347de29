// The shape of all stored events, as data that can be compared with that of an earlier release.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace mlup::cli {

// Every message and enum that an event or its envelope is made of, as JSON with a line for each
// field: number, name, type, whether a list, whether it can be unset, whether sealed.
std::string SchemaSnapshot();

// One difference between two snapshots.
struct SchemaChange {
  // Events that were stored or sent before cannot be read as before.
  bool breaks = false;
  // What changed, and what to do instead when it breaks.
  std::string words;
};

// What changed since `old_snapshot`, in a fixed order. Only additions do not break.
// INVALID_ARGUMENT SNAPSHOT_MALFORMED.
absl::StatusOr<std::vector<SchemaChange>> CompareSchemas(std::string_view old_snapshot,
                                                         std::string_view new_snapshot);

}  // namespace mlup::cli
