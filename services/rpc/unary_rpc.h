// A gRPC service with one unary method, known by its descriptor only: no generated code for the
// service.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "services/rpc/serve.h"

namespace mlup::rpc {

// Serves `method` with `handle`, which gets a message of the method's request, which it may change,
// and who makes it, and tells one of its response, once and from any thread; the request lives
// until then. Bytes that are no such message are INVALID_ARGUMENT MESSAGE_INVALID.
//
// Served by one log::RpcQueue; the work runs on the executor, which it borrows.
class UnaryRpc final : public Service {
 public:
  using Message = google::protobuf::Message;
  using Done = std::function<void(absl::StatusOr<std::unique_ptr<Message>>)>;
  using Handle = std::function<void(Message&, const log::AdmissionPtr&, Done)>;

  UnaryRpc(const google::protobuf::MethodDescriptor& method, Executor& executor, Handle handle);

 private:
  void Take(log::UnaryCall& call);
  void Run(log::UnaryCall& call, absl::Time arrived);

  const Message& prototype_;
  const Handle handle_;
};

}  // namespace mlup::rpc
