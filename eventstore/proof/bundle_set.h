// One file about a person of whom there are several records: a bundle for each, and what undid
// merges that they show. Bytes: eventstore/proof/README.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/proof/merkle.h"

namespace mlup::proof {

// The types of the events that join records of persons, and part them again.
inline constexpr std::string_view kMergedType = "mlup.cases.v1.PersonsMerged";
inline constexpr std::string_view kUnmergedType = "mlup.cases.v1.PersonsUnmerged";
inline constexpr std::string_view kVoidedType = "mlup.common.v1.EntryVoided";

// An event that undoes a merge and stands on a record that is not in the file. It has no part about
// a person, or none that is shown.
struct Undoing {
  std::string header;
  std::string common;
};

struct BundleSet {
  // As EncodeBundle() writes them; that of the record that was asked for first.
  std::vector<std::string> bundles;
  // In order of position.
  std::vector<Undoing> undoings;
  // Of all undoings, in the tree of the first bundle's checkpoint.
  std::vector<Hash> inclusion;
};

// A set of one bundle and no undoing is written as that bundle.
std::string EncodeBundleSet(const BundleSet& set);

// Strict, but for the bundles themselves. INVALID_ARGUMENT BUNDLE_MALFORMED,
// BUNDLE_VERSION_UNKNOWN.
absl::StatusOr<BundleSet> ParseBundleSet(std::string_view bytes);

// The id of the event that an undoing of this type names in its common part; empty where it names
// none. Pure.
std::string UndoneBy(std::string_view type, std::string_view common);

}  // namespace mlup::proof
