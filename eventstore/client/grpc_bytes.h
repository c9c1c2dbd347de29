// Messages as the bytes that gRPC brings.
#pragma once

#include <string>

#include <grpcpp/support/byte_buffer.h>

// All functions are pure and may be called from any thread.
namespace mlup::log {

std::string Joined(const grpc::ByteBuffer& bytes);

}  // namespace mlup::log
