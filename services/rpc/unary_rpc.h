// A gRPC service with one unary method, known by its descriptor only: no generated code for the
// service.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/support/byte_buffer.h>

#include "services/rpc/executor.h"

namespace mlup::rpc {

// Serves `method` with `handle`, which gets a message of the method's request, which it may change,
// and who makes it, and tells one of its response, once and from any thread; the request lives
// until then. Bytes that are no such message are INVALID_ARGUMENT MESSAGE_INVALID.
//
// gRPC's threads call it; the work runs on the executor. Borrows the executor.
class UnaryRpc final : public grpc::Service {
 public:
  using Message = google::protobuf::Message;
  using Done = std::function<void(absl::StatusOr<std::unique_ptr<Message>>)>;
  using Handle = std::function<void(Message&, const log::AdmissionPtr&, Done)>;

  UnaryRpc(const google::protobuf::MethodDescriptor& method, Executor& executor, Handle handle);

 private:
  void Answer(const grpc::ByteBuffer& bytes, const log::AdmissionPtr& who,
              std::function<void(absl::StatusOr<grpc::ByteBuffer>)> done) const;

  const google::protobuf::MethodDescriptor& method_;
  // `package.Service/Method`.
  const std::string name_;
  // `/package.Service/Method`: gRPC keeps a pointer to it.
  const std::string path_;
  Executor& executor_;
  const Handle handle_;
};

}  // namespace mlup::rpc
