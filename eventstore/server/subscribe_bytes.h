// The messages of Subscribe as bytes.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include "eventstore/bus/subscription.h"

// All functions are pure and may be called from any thread.
namespace mlup::log {

// The serialised mlup.log.v1.SubscribeResponse: shared records are put in as they stand.
grpc::ByteBuffer ToBytes(const Subscription::SharedMessage& message);

}  // namespace mlup::log
