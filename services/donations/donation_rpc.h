// Serves the donation service over gRPC: one line a method.
#pragma once

#include "mlup/donations/v1/donation_service.grpc.pb.h"
#include "services/donations/donation_service.h"
#include "services/rpc/executor.h"

namespace mlup::donations {

// Any thread. Borrows the service and the executor, which must outlive it.
class DonationRpc final : public pb::DonationService::CallbackService {
 public:
  DonationRpc(DonationService& donations, rpc::Executor& executor)
      : donations_(donations), executor_(executor) {}

  grpc::ServerUnaryReactor* DistributeItems(grpc::CallbackServerContext* context,
                                            const pb::DistributeItemsRequest* request,
                                            CommandResult* response) override;
  grpc::ServerUnaryReactor* AllocateDonation(grpc::CallbackServerContext* context,
                                             const pb::AllocateDonationRequest* request,
                                             CommandResult* response) override;
  grpc::ServerUnaryReactor* ReverseDistribution(grpc::CallbackServerContext* context,
                                                const pb::ReverseDistributionRequest* request,
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
  DonationService& donations_;
  rpc::Executor& executor_;
};

}  // namespace mlup::donations
