#include "eventstore/base/status.h"

#include "absl/strings/cord.h"

namespace mlup {
namespace {

constexpr std::string_view kReasonUrl = "mlup.dev/reason";
constexpr std::string_view kFieldUrl = "mlup.dev/field";

std::string Payload(const absl::Status& status, std::string_view url) {
  const auto payload = status.GetPayload(ToAbsl(url));
  return payload.has_value() ? std::string(*payload) : std::string();
}

}  // namespace

absl::Status Error(absl::StatusCode code, std::string_view reason, std::string_view message) {
  absl::Status status(code, ToAbsl(message));
  status.SetPayload(ToAbsl(kReasonUrl), absl::Cord(ToAbsl(reason)));
  return status;
}

absl::Status FieldError(absl::StatusCode code, std::string_view reason, std::string_view field,
                        std::string_view message) {
  absl::Status status = Error(code, reason, message);
  status.SetPayload(ToAbsl(kFieldUrl), absl::Cord(ToAbsl(field)));
  return status;
}

std::string ErrorReason(const absl::Status& status) { return Payload(status, kReasonUrl); }

std::string ErrorField(const absl::Status& status) { return Payload(status, kFieldUrl); }

}  // namespace mlup
