// The service event_store.client.persistent_subscriptions.PersistentSubscriptions.
#pragma once

#include "event_store/client/persistent_subscriptions_service.grpc.pb.h"
#include "services/esdb/calls_rpc.h"

namespace mlup::esdb {

// Register it with one grpc::Server. Borrows the parts. Any thread.
class PersistentRpc final : public persistent::PersistentSubscriptions::CallbackService {
 public:
  explicit PersistentRpc(const CallParts& parts) : parts_(parts) {}

  grpc::ServerUnaryReactor* Create(grpc::CallbackServerContext* context,
                                   const persistent::CreateReq* request,
                                   persistent::CreateResp* response) override;
  grpc::ServerUnaryReactor* Update(grpc::CallbackServerContext* context,
                                   const persistent::UpdateReq* request,
                                   persistent::UpdateResp* response) override;
  grpc::ServerUnaryReactor* Delete(grpc::CallbackServerContext* context,
                                   const persistent::DeleteReq* request,
                                   persistent::DeleteResp* response) override;
  grpc::ServerBidiReactor<persistent::ReadReq, persistent::ReadResp>* Read(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* GetInfo(grpc::CallbackServerContext* context,
                                    const persistent::GetInfoReq* request,
                                    persistent::GetInfoResp* response) override;
  grpc::ServerUnaryReactor* ReplayParked(grpc::CallbackServerContext* context,
                                         const persistent::ReplayParkedReq* request,
                                         persistent::ReplayParkedResp* response) override;
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context,
                                 const persistent::ListReq* request,
                                 persistent::ListResp* response) override;
  grpc::ServerUnaryReactor* RestartSubsystem(grpc::CallbackServerContext* context,
                                             const pb::Empty* request,
                                             pb::Empty* response) override;

 private:
  // Runs `work(owner)`.
  template <typename Work>
  grpc::ServerUnaryReactor* Run(grpc::CallbackServerContext* context, Work work);

  const CallParts& parts_;
};

}  // namespace mlup::esdb
