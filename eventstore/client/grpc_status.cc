#include "eventstore/client/grpc_status.h"

#include "eventstore/log/error_pb.h"

namespace mlup::log {

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  // The numbers of the two sets of codes are equal.
  return grpc::Status(static_cast<grpc::StatusCode>(status.raw_code()),
                      std::string(status.message()), ToErrorInfo(status).SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  v1::ErrorInfo info;
  if (!info.ParseFromString(status.error_details())) info.Clear();
  return FromErrorInfo(code, info, status.error_message());
}

}  // namespace mlup::log
