// Which errors may be gone at the next try.
#pragma once

#include "absl/status/status.h"

namespace mlup {

// A peer that is away, late, full or ending.
inline bool IsPassing(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsResourceExhausted(status) || absl::IsCancelled(status);
}

}  // namespace mlup
