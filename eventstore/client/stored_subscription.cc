// One operation at a time on a queue of its own.
#include "eventstore/client/stored_subscription.h"

#include <utility>

#include <grpcpp/generic/generic_stub.h>

#include "eventstore/base/status.h"
#include "eventstore/client/grpc_bytes.h"
#include "eventstore/client/grpc_status.h"

namespace mlup::log {

StoredSubscription::StoredSubscription(std::shared_ptr<grpc::Channel> channel,
                                       const pb::SubscribeRequest& request) {
  grpc::TemplatedGenericStub<pb::SubscribeRequest, grpc::ByteBuffer> stub(std::move(channel));
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

absl::StatusOr<StoredDelivery> StoredSubscription::Next() {
  if (!reading_ || !Done()) {
    reading_ = false;
    return End();
  }
  std::string bytes = Joined(message_);
  call_->Read(&message_, nullptr);
  std::optional<StoredDelivery> delivery = ParseDelivery(std::move(bytes));
  if (delivery.has_value()) return *std::move(delivery);
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
