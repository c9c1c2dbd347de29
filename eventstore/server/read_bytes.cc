#include "eventstore/server/read_bytes.h"

#include <array>
#include <cstddef>
#include <string>
#include <utility>

#include <grpcpp/support/slice.h>

#include "eventstore/base/wire.h"
#include "eventstore/server/rpc_bytes.h"
#include "mlup/log/v1/event_store.pb.h"

namespace mlup::log {

namespace pb = ::mlup::log::v1;

namespace {

// gRPC frees the bytes when they are sent.
grpc::Slice Given(std::string bytes) {
  auto* const kept = new std::string(std::move(bytes));
  return {kept->data(), kept->size(), [](void* given) { delete static_cast<std::string*>(given); },
          kept};
}

grpc::ByteBuffer Joined(const std::string& before, std::string records, const std::string& after) {
  std::array<grpc::Slice, 3> slices;
  std::size_t count = 0;
  if (!before.empty()) slices[count++] = grpc::Slice(before);
  if (!records.empty()) slices[count++] = Given(std::move(records));
  if (!after.empty()) slices[count++] = grpc::Slice(after);
  return {slices.data(), count};
}

}  // namespace

grpc::ByteBuffer ToBytes(StoredPage page) {
  const std::string after = BytesAfterRecords(page);
  return Joined("", std::move(page.records), after);
}

grpc::ByteBuffer ToBytes(StoredStream page) {
  const std::string after = BytesAfterRecords(page);
  return Joined("", std::move(page.records), after);
}

grpc::ByteBuffer ToBytes(StoredDelivery next) {
  if (!next.has_batch()) return ToBytes(next.message);
  static_assert(int{pb::SubscribeResponse::Batch::kRecordsFieldNumber} ==
                int{pb::ReadAllResponse::kRecordsFieldNumber});
  std::string before;
  wire::AddVarint(wire::Tag(pb::SubscribeResponse::kBatchFieldNumber, wire::kBytes), before);
  wire::AddVarint(next.batch.records.size(), before);
  return Joined(before, std::move(next.batch.records), next.message.SerializeAsString());
}

}  // namespace mlup::log
