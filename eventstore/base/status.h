// The one error vocabulary: absl::Status with a machine-readable reason and, for bad input, the
// field.
//
// Codes are chosen by what the caller should do: INVALID_ARGUMENT fix the request;
// FAILED_PRECONDITION a rule says no, do not retry; ABORTED read again and retry; UNAVAILABLE retry
// this call; RESOURCE_EXHAUSTED back off; DATA_LOSS stop and call someone; INTERNAL our bug.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mlup {

inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view ToStd(absl::string_view text) { return {text.data(), text.size()}; }

// An error that programs can branch on: `reason` is UPPER_SNAKE and never changes once released;
// `message` is for people and holds no personal data.
absl::Status Error(absl::StatusCode code, std::string_view reason, std::string_view message);

// An error about one field of the caller's input: `field` is its path ("context.request_id").
absl::Status FieldError(absl::StatusCode code, std::string_view reason, std::string_view field,
                        std::string_view message);

// The reason given to Error(); empty for a status made elsewhere.
std::string ErrorReason(const absl::Status& status);

// The field given to FieldError(); empty where no field is named.
std::string ErrorField(const absl::Status& status);

}  // namespace mlup

#define MLUP_CONCAT_INNER_(a, b) a##b
#define MLUP_CONCAT_(a, b) MLUP_CONCAT_INNER_(a, b)

// Returns the status of `expression` to the caller when it is not OK.
#define RETURN_IF_ERROR(expression)                                     \
  do {                                                                  \
    if (absl::Status mlup_status_ = (expression); !mlup_status_.ok()) { \
      return mlup_status_;                                              \
    }                                                                   \
  } while (false)

// Puts the value of `expression` (a StatusOr) into `target`, or returns its status.
#define ASSIGN_OR_RETURN(target, expression) \
  MLUP_ASSIGN_OR_RETURN_(MLUP_CONCAT_(mlup_result_, __LINE__), target, expression)
#define MLUP_ASSIGN_OR_RETURN_(result, target, expression) \
  auto result = (expression);                              \
  if (!result.ok()) return result.status();                \
  target = *std::move(result)
