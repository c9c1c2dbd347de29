#include "services/donations/donation_rpc.h"

#include "services/rpc/serve.h"

namespace mlup::donations {

grpc::ServerUnaryReactor* DonationRpc::DistributeItems(grpc::CallbackServerContext* context,
                                                       const pb::DistributeItemsRequest* request,
                                                       CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return donations_.DistributeItems(r); });
}

grpc::ServerUnaryReactor* DonationRpc::AllocateDonation(grpc::CallbackServerContext* context,
                                                        const pb::AllocateDonationRequest* request,
                                                        CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return donations_.AllocateDonation(r); });
}

grpc::ServerUnaryReactor* DonationRpc::ReverseDistribution(
    grpc::CallbackServerContext* context, const pb::ReverseDistributionRequest* request,
    CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return donations_.ReverseDistribution(r); });
}

grpc::ServerUnaryReactor* DonationRpc::VoidEntry(grpc::CallbackServerContext* context,
                                                 const pb::VoidEntryRequest* request,
                                                 CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return donations_.VoidEntry(r); });
}

grpc::ServerUnaryReactor* DonationRpc::CorrectDetails(grpc::CallbackServerContext* context,
                                                      const pb::CorrectDetailsRequest* request,
                                                      CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return donations_.CorrectDetails(r); });
}

grpc::ServerUnaryReactor* DonationRpc::Record(grpc::CallbackServerContext* context,
                                              const pb::RecordRequest* request,
                                              CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return donations_.Record(r); });
}

}  // namespace mlup::donations
