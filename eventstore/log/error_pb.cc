#include "eventstore/log/error_pb.h"

#include "eventstore/base/status.h"

namespace mlup::log {

v1::ErrorInfo ToErrorInfo(const absl::Status& status) {
  v1::ErrorInfo info;
  info.set_reason(ErrorReason(status));
  info.set_field(ErrorField(status));
  return info;
}

absl::Status FromErrorInfo(absl::StatusCode code, const v1::ErrorInfo& info,
                           const std::string& message) {
  if (info.reason().empty()) return absl::Status(code, message);
  if (info.field().empty()) return Error(code, info.reason(), message);
  return FieldError(code, info.reason(), info.field(), message);
}

v1::Refusal ToRefusal(const absl::Status& status) {
  v1::Refusal refusal;
  // The numbers of the two sets of codes are equal.
  refusal.set_code(status.raw_code());
  refusal.set_message(std::string(status.message()));
  *refusal.mutable_info() = ToErrorInfo(status);
  return refusal;
}

absl::Status FromRefusal(const v1::Refusal& refusal) {
  return FromErrorInfo(static_cast<absl::StatusCode>(refusal.code()), refusal.info(),
                       refusal.message());
}

}  // namespace mlup::log
