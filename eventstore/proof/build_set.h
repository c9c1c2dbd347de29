// Which records are one person, and the file about all of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/proof/build_bundle.h"
#include "eventstore/proof/bundle_set.h"

namespace mlup::proof {

struct MergedRecords {
  // The record that was asked for, and those that are joined with it by merges that hold.
  std::vector<std::string> ids;
  // Events that undo merges which these records name, where they stand on others; rising.
  std::vector<Position> undoings;
};

// What the first `size` events say. RESOURCE_EXHAUSTED BUNDLE_TOO_LARGE.
absl::StatusOr<MergedRecords> FindMerged(const BundleSource& source, std::string_view subject_id,
                                         std::uint64_t size);

// The file of these bundles, which were made from one state of the log, and of the undoings.
absl::StatusOr<std::string> BuildFile(const BundleSource& source,
                                      const std::vector<Bundle>& bundles,
                                      const std::vector<Position>& undoings);

}  // namespace mlup::proof
