#include "services/rpc/unary_rpc.h"

#include <utility>

#include "eventstore/base/status.h"

namespace mlup::rpc {

UnaryRpc::UnaryRpc(const google::protobuf::MethodDescriptor& method, Executor& executor,
                   Handle handle)
    : Service(method.service()->full_name(), executor),
      prototype_(*google::protobuf::MessageFactory::generated_factory()->GetPrototype(
          method.input_type())),
      handle_(std::move(handle)) {
  WatchedBytes(method.name(), [this](log::UnaryCall& call) { Take(call); });
}

void UnaryRpc::Take(log::UnaryCall& call) {
  const absl::Time arrived = executor().clock().Now();
  const bool queued = executor().TryRun([this, &call, arrived] { Run(call, arrived); });
  if (!queued) Refuse(call, arrived, log::QueueFull());
}

void UnaryRpc::Run(log::UnaryCall& call, absl::Time arrived) {
  if (const absl::Status waits = call.StillWaits(); !waits.ok()) {
    return Refuse(call, arrived, waits);
  }
  Message& request = call.Make(prototype_);
  if (const absl::Status read = call.Read(request); !read.ok()) {
    return Refuse(call, arrived, read);
  }
  handle_(request, call.admission(),
          [this, &call, arrived](const absl::StatusOr<std::unique_ptr<Message>>& answer) {
            if (!answer.ok()) return Refuse(call, arrived, answer.status());
            Log(call, arrived, absl::OkStatus());
            call.Answer(**answer);
          });
}

}  // namespace mlup::rpc
