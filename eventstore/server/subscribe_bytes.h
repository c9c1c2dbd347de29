// The messages of Subscribe as bytes.
#pragma once

#include "absl/status/statusor.h"
#include <grpcpp/support/byte_buffer.h>

#include "eventstore/bus/subscription.h"
#include "mlup/log/v1/event_store.pb.h"

// All functions are pure and may be called from any thread.
namespace mlup::log {

// INVALID_ARGUMENT REQUEST_INVALID.
absl::StatusOr<pb::SubscribeRequest> ParseSubscribe(const grpc::ByteBuffer& bytes);

// The serialised mlup.log.v1.SubscribeResponse: shared records are put in as they stand.
grpc::ByteBuffer ToBytes(const Subscription::SharedMessage& message);

}  // namespace mlup::log
