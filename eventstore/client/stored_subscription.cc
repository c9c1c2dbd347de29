// One operation at a time on a queue of its own.
#include "eventstore/client/stored_subscription.h"

#include <string_view>
#include <utility>
#include <vector>

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/slice.h>

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/client/grpc_status.h"
#include "mlup/log/v1/event_store.grpc.pb.h"

namespace mlup::log {

StoredSubscription::StoredSubscription(std::shared_ptr<grpc::Channel> channel,
                                       v1::SubscribeRequest request) {
  if (request.batch_max() == 0) request.set_batch_max(kReadEventsMax);
  grpc::TemplatedGenericStub<v1::SubscribeRequest, grpc::ByteBuffer> stub(std::move(channel));
  call_ = stub.PrepareCall(&context_, "/mlup.log.v1.EventStore/Subscribe", &queue_);
  call_->StartCall(nullptr);
  reading_ = Done();
  if (!reading_) return;
  call_->WriteLast(request, grpc::WriteOptions(), nullptr);
  reading_ = Done();
  if (reading_) call_->Read(&message_, nullptr);
}

StoredSubscription::~StoredSubscription() {
  if (call_ == nullptr) return;
  context_.TryCancel();
  if (reading_) Done();
  End().IgnoreError();
}

absl::StatusOr<const StoredDelivery*> StoredSubscription::Next() {
  if (!reading_ || !Done()) {
    reading_ = false;
    return End();
  }
  std::vector<grpc::Slice> slices;
  const bool whole = message_.Dump(&slices).ok();
  std::vector<std::string_view> pieces;
  pieces.reserve(slices.size());
  for (const grpc::Slice& slice : slices) {
    pieces.emplace_back(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  call_->Read(&message_, nullptr);
  if (whole && ParseDelivery(pieces, delivery_)) return &delivery_;
  return Error(absl::StatusCode::kInternal, "MESSAGE_INVALID", "the message is none of Subscribe");
}

bool StoredSubscription::Done() {
  void* tag = nullptr;
  bool ok = false;
  return queue_.Next(&tag, &ok) && ok;
}

absl::Status StoredSubscription::End() {
  if (call_ == nullptr) return ended_;
  grpc::Status status;
  call_->Finish(&status, nullptr);
  Done();
  call_ = nullptr;
  ended_ = status.ok() ? absl::CancelledError("the subscription has ended") : FromGrpc(status);
  return ended_;
}

}  // namespace mlup::log
