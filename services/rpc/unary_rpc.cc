// Registers the method as the generated code of a raw callback method does.
#include "services/rpc/unary_rpc.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "eventstore/base/status.h"
#include "services/rpc/serve.h"

namespace mlup::rpc {

UnaryRpc::UnaryRpc(const google::protobuf::MethodDescriptor& method, Executor& executor,
                   Handle handle)
    : method_(method),
      name_(absl::StrCat(method.service()->full_name(), "/", method.name())),
      path_(absl::StrCat("/", name_)),
      executor_(executor),
      handle_(std::move(handle)) {
  AddMethod(new grpc::internal::RpcServiceMethod(path_.c_str(),
                                                 grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
  MarkMethodRawCallback(
      0, new grpc::internal::CallbackUnaryHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
             [this](grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                    grpc::ByteBuffer* response) {
               return ServeLater({name_, executor_}, context, request, response,
                                 [this](const grpc::ByteBuffer& bytes, const log::AdmissionPtr& who,
                                        auto done) { Answer(bytes, who, std::move(done)); });
             }));
}

void UnaryRpc::Answer(const grpc::ByteBuffer& bytes, const log::AdmissionPtr& who,
                      std::function<void(absl::StatusOr<grpc::ByteBuffer>)> done) const {
  // Shared with the answer, which it outlives.
  const std::shared_ptr<Message> request(google::protobuf::MessageFactory::generated_factory()
                                             ->GetPrototype(method_.input_type())
                                             ->New());
  grpc::ProtoBufferReader reader(const_cast<grpc::ByteBuffer*>(&bytes));  // NOLINT: it only reads
  if (!request->ParseFromZeroCopyStream(&reader)) {
    return done(Error(absl::StatusCode::kInvalidArgument, "MESSAGE_INVALID",
                      absl::StrCat("not a message of type ", method_.input_type()->full_name())));
  }
  handle_(*request, who,
          [request, done = std::move(done)](absl::StatusOr<std::unique_ptr<Message>> answer) {
            if (!answer.ok()) return done(answer.status());
            const grpc::Slice slice((*answer)->SerializeAsString());
            done(grpc::ByteBuffer(&slice, 1));
          });
}

}  // namespace mlup::rpc
