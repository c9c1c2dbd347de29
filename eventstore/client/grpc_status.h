// One error vocabulary on both sides of gRPC: absl::Status with reason and field.
#pragma once

#include "absl/status/status.h"
#include <grpcpp/support/status.h>

namespace mlup::log {

// The same code, message, reason and field; the latter two stand in error_details() as a serialised
// mlup.log.v1.ErrorInfo. Any thread.
grpc::Status ToGrpc(const absl::Status& status);

// The inverse. Details that are not ours are dropped. Any thread.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace mlup::log
