// Serves the network service over gRPC: one line a method.
#pragma once

#include "mlup/network/v1/network_service.grpc.pb.h"
#include "services/network/network_service.h"
#include "services/rpc/executor.h"

namespace mlup::network {

// Any thread. Borrows the service and the executor, which must outlive it.
class NetworkRpc final : public pb::NetworkService::CallbackService {
 public:
  NetworkRpc(NetworkService& network, rpc::Executor& executor)
      : network_(network), executor_(executor) {}

  grpc::ServerUnaryReactor* JoinGroup(grpc::CallbackServerContext* context,
                                      const pb::JoinGroupRequest* request,
                                      CommandResult* response) override;
  grpc::ServerUnaryReactor* LeaveGroup(grpc::CallbackServerContext* context,
                                       const pb::LeaveGroupRequest* request,
                                       CommandResult* response) override;
  grpc::ServerUnaryReactor* EndPartnership(grpc::CallbackServerContext* context,
                                           const pb::EndPartnershipRequest* request,
                                           CommandResult* response) override;
  grpc::ServerUnaryReactor* EndContextPeriod(grpc::CallbackServerContext* context,
                                             const pb::EndContextPeriodRequest* request,
                                             CommandResult* response) override;
  grpc::ServerUnaryReactor* PublishReport(grpc::CallbackServerContext* context,
                                          const pb::PublishReportRequest* request,
                                          CommandResult* response) override;
  grpc::ServerUnaryReactor* VoidEntry(grpc::CallbackServerContext* context,
                                      const pb::VoidEntryRequest* request,
                                      CommandResult* response) override;
  grpc::ServerUnaryReactor* CorrectDetails(grpc::CallbackServerContext* context,
                                           const pb::CorrectDetailsRequest* request,
                                           CommandResult* response) override;
  grpc::ServerUnaryReactor* Record(grpc::CallbackServerContext* context,
                                   const pb::RecordRequest* request,
                                   CommandResult* response) override;

 private:
  NetworkService& network_;
  rpc::Executor& executor_;
};

}  // namespace mlup::network
