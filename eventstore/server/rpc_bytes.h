// Messages as the bytes that gRPC carries.
#pragma once

#include "absl/status/status.h"
#include <google/protobuf/message_lite.h>
#include <grpcpp/support/byte_buffer.h>

// All functions are pure and may be called from any thread.
namespace mlup::log {

// INVALID_ARGUMENT MESSAGE_INVALID.
absl::Status FromBytes(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite& message);

grpc::ByteBuffer ToBytes(const google::protobuf::MessageLite& message);

}  // namespace mlup::log
