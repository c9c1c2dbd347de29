// Whoever makes audit bundles: the process of the log, or a client of it.
#pragma once

#include <string>
#include <string_view>

#include "eventstore/base/status.h"

namespace mlup::proofs {

// Any thread.
class BundleMaker {
 public:
  virtual ~BundleMaker() = default;

  // The bytes of the bundle that proves the history of one person, up to what was recorded before
  // the call (eventstore/proof/README.md). Who asks is recorded by the caller, first.
  virtual absl::StatusOr<std::string> MakeBundle(const std::string& subject_id) = 0;
};

}  // namespace mlup::proofs
