// How a rule says no.
#pragma once

#include <string_view>

#include "absl/strings/str_cat.h"

#include "eventstore/base/status.h"

namespace mlup::domain {

// FAILED_PRECONDITION, do not retry. `instead` says what may be done.
inline absl::Status Refuse(std::string_view reason, std::string_view message,
                           std::string_view instead) {
  return Error(absl::StatusCode::kFailedPrecondition, reason,
               absl::StrCat(ToAbsl(message), ": ", ToAbsl(instead)));
}

// The words of a refusal that a table holds. The texts are literals.
struct Refusal {
  std::string_view reason;
  std::string_view message;
  std::string_view instead;

  absl::Status Say() const { return Refuse(reason, message, instead); }
};

}  // namespace mlup::domain
