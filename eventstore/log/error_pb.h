// Errors as messages.
#pragma once

#include <string>

#include "absl/status/status.h"

#include "mlup/log/v1/error.pb.h"

namespace mlup::log {

// Reason and field of an error.
v1::ErrorInfo ToErrorInfo(const absl::Status& status);
// The inverse; an error without a reason where there is none.
absl::Status FromErrorInfo(absl::StatusCode code, const v1::ErrorInfo& info,
                           const std::string& message);

// An error that is one of several answers in a message, and back.
v1::Refusal ToRefusal(const absl::Status& status);
absl::Status FromRefusal(const v1::Refusal& refusal);

}  // namespace mlup::log
