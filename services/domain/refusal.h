// How a rule says no.
#pragma once

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"

#include "eventstore/base/status.h"

namespace mlup::domain {

// FAILED_PRECONDITION, do not retry. `instead` says what may be done. `field` is the field of the
// fact whose value does not fit, with a point before it, `.approval_id`; empty where it is the fact
// as a whole that does not.
inline absl::Status Refuse(std::string_view reason, std::string_view message,
                           std::string_view instead, std::string_view field = {}) {
  const std::string words = absl::StrCat(ToAbsl(message), ": ", ToAbsl(instead));
  if (field.empty()) return Error(absl::StatusCode::kFailedPrecondition, reason, words);
  return FieldError(absl::StatusCode::kFailedPrecondition, reason, field, words);
}

// The words of a refusal that a table holds. The texts are literals.
struct Refusal {
  std::string_view reason;
  std::string_view message;
  std::string_view instead;
  std::string_view field = {};

  absl::Status Say() const { return Refuse(reason, message, instead, field); }
};

}  // namespace mlup::domain
