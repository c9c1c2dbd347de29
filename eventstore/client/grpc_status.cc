#include "eventstore/client/grpc_status.h"

#include "eventstore/base/status.h"
#include "mlup/log/v1/error.pb.h"

namespace mlup::log {

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  v1::ErrorInfo info;
  info.set_reason(ErrorReason(status));
  info.set_field(ErrorField(status));
  // The numbers of the two sets of codes are equal.
  return grpc::Status(static_cast<grpc::StatusCode>(status.raw_code()),
                      std::string(status.message()), info.SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  v1::ErrorInfo info;
  if (!info.ParseFromString(status.error_details()) || info.reason().empty()) {
    return absl::Status(code, status.error_message());
  }
  if (info.field().empty()) return Error(code, info.reason(), status.error_message());
  return FieldError(code, info.reason(), info.field(), status.error_message());
}

}  // namespace mlup::log
