#include "eventstore/client/grpc_bytes.h"

#include <vector>

#include <grpcpp/support/slice.h>

namespace mlup::log {

std::string Joined(const grpc::ByteBuffer& bytes) {
  std::string joined;
  std::vector<grpc::Slice> slices;
  if (!bytes.Dump(&slices).ok()) return joined;
  joined.reserve(bytes.Length());
  for (const grpc::Slice& slice : slices) {
    joined.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return joined;
}

}  // namespace mlup::log
