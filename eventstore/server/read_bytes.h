// Answers with records as bytes: the records go out as they are stored, and are not copied.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include "eventstore/log/stored_page.h"

// All functions are pure and may be called from any thread.
namespace mlup::log {

// The serialised mlup.log.v1.ReadAllResponse.
grpc::ByteBuffer ToBytes(StoredPage page);

// The serialised mlup.log.v1.ReadStreamResponse.
grpc::ByteBuffer ToBytes(StoredStream page);

// The serialised mlup.log.v1.SubscribeResponse.
grpc::ByteBuffer ToBytes(StoredDelivery next);

}  // namespace mlup::log
