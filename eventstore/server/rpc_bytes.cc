#include "eventstore/server/rpc_bytes.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include <grpc/slice.h>
#include <grpcpp/support/slice.h>

#include "eventstore/base/check.h"
#include "eventstore/base/status.h"

namespace mlup::log {

absl::Status FromBytes(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite& message) {
  grpc::Slice slice;
  const bool whole = bytes.TrySingleSlice(&slice).ok() || bytes.DumpToSingleSlice(&slice).ok();
  if (whole && message.ParseFromArray(slice.begin(), static_cast<int>(slice.size()))) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kInvalidArgument, "MESSAGE_INVALID",
               absl::StrCat("not a message of type ", message.GetTypeName()));
}

grpc::ByteBuffer ToBytes(const google::protobuf::MessageLite& message) {
  const std::size_t size = message.ByteSizeLong();
  grpc_slice raw = grpc_slice_malloc(size);
  std::uint8_t* const begin = GRPC_SLICE_START_PTR(raw);
  CHECK(message.SerializeWithCachedSizesToArray(begin) == begin + size);
  const grpc::Slice slice(raw, grpc::Slice::STEAL_REF);
  return {&slice, 1};
}

}  // namespace mlup::log
