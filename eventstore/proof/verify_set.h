// What an auditor runs on a file about one person, whether there is one record or several that were
// merged.
#pragma once

#include <string_view>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/proof/verify_bundle.h"

namespace mlup::proof {

// A record of the person, verified.
struct VerifiedRecord {
  Bundle bundle;
  BundleSummary summary;
};

// The records of the person, the one that was asked for first. Errors, in the order in which they
// are looked for: those of each bundle, then those of the file (eventstore/proof/README.md). Any
// thread.
absl::StatusOr<std::vector<VerifiedRecord>> VerifyFile(std::string_view bytes, const Trust& trust);

}  // namespace mlup::proof
