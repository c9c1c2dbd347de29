#include "services/esdb/persistent_rpc.h"

#include <algorithm>
#include <string>
#include <utility>

#include "services/esdb/consumer_call_rpc.h"

namespace mlup::esdb {

template <typename Work>
grpc::ServerUnaryReactor* PersistentRpc::Run(grpc::CallbackServerContext* context, Work work) {
  return Answer(context, parts_.gate, parts_.reads,
                [this, context, work = std::move(work)]() -> absl::Status {
                  ASSIGN_OR_RETURN(const Caller caller, CallerOf(parts_, *context));
                  return work(caller.author.subscriber_id);
                });
}

grpc::ServerUnaryReactor* PersistentRpc::Create(grpc::CallbackServerContext* context,
                                                const persistent::CreateReq* request,
                                                persistent::CreateResp* /*response*/) {
  return Run(context, [this, request](const std::string& owner) {
    return parts_.groups.Create(owner, request->options());
  });
}

grpc::ServerUnaryReactor* PersistentRpc::Update(grpc::CallbackServerContext* context,
                                                const persistent::UpdateReq* request,
                                                persistent::UpdateResp* /*response*/) {
  return Run(context, [this, request](const std::string& owner) {
    return parts_.groups.Update(owner, request->options());
  });
}

grpc::ServerUnaryReactor* PersistentRpc::Delete(grpc::CallbackServerContext* context,
                                                const persistent::DeleteReq* request,
                                                persistent::DeleteResp* /*response*/) {
  return Run(context, [this, request](const std::string& owner) {
    return parts_.groups.Delete(owner, NameOf(request->options()));
  });
}

grpc::ServerBidiReactor<persistent::ReadReq, persistent::ReadResp>* PersistentRpc::Read(
    grpc::CallbackServerContext* context) {
  return new ConsumerCall(parts_, context);
}

grpc::ServerUnaryReactor* PersistentRpc::GetInfo(grpc::CallbackServerContext* context,
                                                 const persistent::GetInfoReq* request,
                                                 persistent::GetInfoResp* response) {
  return Run(context, [this, request, response](const std::string& owner) -> absl::Status {
    ASSIGN_OR_RETURN(*response->mutable_subscription_info(),
                     parts_.groups.Info(owner, NameOf(request->options())));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* PersistentRpc::ReplayParked(grpc::CallbackServerContext* context,
                                                      const persistent::ReplayParkedReq* request,
                                                      persistent::ReplayParkedResp* /*response*/) {
  return Run(context, [this, request](const std::string& owner) {
    const std::int64_t limit = std::max<std::int64_t>(request->options().stop_at(), 0);
    return parts_.groups.ReplayParked(owner, NameOf(request->options()),
                                      static_cast<std::size_t>(limit));
  });
}

grpc::ServerUnaryReactor* PersistentRpc::List(grpc::CallbackServerContext* context,
                                              const persistent::ListReq* request,
                                              persistent::ListResp* response) {
  return Run(context, [this, request, response](const std::string& owner) -> absl::Status {
    std::string stream;
    if (request->options().has_list_for_stream()) {
      const auto& of = request->options().list_for_stream();
      stream = of.has_stream() ? of.stream().stream_name() : std::string(kAllStream);
    }
    ASSIGN_OR_RETURN(const auto infos, parts_.groups.List(owner, stream));
    response->mutable_subscriptions()->Add(infos.begin(), infos.end());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* PersistentRpc::RestartSubsystem(grpc::CallbackServerContext* context,
                                                          const pb::Empty* /*request*/,
                                                          pb::Empty* /*response*/) {
  return Run(context, [](const std::string& /*owner*/) { return absl::OkStatus(); });
}

}  // namespace mlup::esdb
