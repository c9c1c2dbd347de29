// A subscription over gRPC whose events are read in place.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/byte_buffer.h>

#include "eventstore/log/stored_page.h"
#include "mlup/log/v1/event_store.pb.h"

namespace mlup::log {

// The call Subscribe on a channel, for whoever reads much: its records are bytes, to be parsed one
// by one into a message that is reused. Where the request does not say, batches have the most
// events that the server allows. The next message is asked for before the last is handed out.
//
// One thread. The destructor ends the call.
class StoredSubscription {
 public:
  StoredSubscription(std::shared_ptr<grpc::Channel> channel, v1::SubscribeRequest request);
  ~StoredSubscription();
  StoredSubscription(const StoredSubscription&) = delete;
  StoredSubscription& operator=(const StoredSubscription&) = delete;

  // Waits for the next message, which stands until the one after it. Why the call has ended: then
  // it has none any more. INTERNAL MESSAGE_INVALID.
  absl::StatusOr<const StoredDelivery*> Next();

 private:
  // Waits for the operation that was begun last; false when it failed.
  bool Done();
  absl::Status End();

  grpc::CompletionQueue queue_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<v1::SubscribeRequest, grpc::ByteBuffer>> call_;
  grpc::ByteBuffer message_;
  StoredDelivery delivery_;
  absl::Status ended_;
  bool reading_ = false;
};

}  // namespace mlup::log
