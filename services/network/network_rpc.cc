#include "services/network/network_rpc.h"

#include "services/rpc/serve.h"

namespace mlup::network {

grpc::ServerUnaryReactor* NetworkRpc::JoinGroup(grpc::CallbackServerContext* context,
                                                const pb::JoinGroupRequest* request,
                                                CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return network_.JoinGroup(r); });
}

grpc::ServerUnaryReactor* NetworkRpc::LeaveGroup(grpc::CallbackServerContext* context,
                                                 const pb::LeaveGroupRequest* request,
                                                 CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return network_.LeaveGroup(r); });
}

grpc::ServerUnaryReactor* NetworkRpc::EndPartnership(grpc::CallbackServerContext* context,
                                                     const pb::EndPartnershipRequest* request,
                                                     CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return network_.EndPartnership(r); });
}

grpc::ServerUnaryReactor* NetworkRpc::EndContextPeriod(grpc::CallbackServerContext* context,
                                                       const pb::EndContextPeriodRequest* request,
                                                       CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return network_.EndContextPeriod(r); });
}

grpc::ServerUnaryReactor* NetworkRpc::PublishReport(grpc::CallbackServerContext* context,
                                                    const pb::PublishReportRequest* request,
                                                    CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return network_.PublishReport(r); });
}

grpc::ServerUnaryReactor* NetworkRpc::VoidEntry(grpc::CallbackServerContext* context,
                                                const pb::VoidEntryRequest* request,
                                                CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return network_.VoidEntry(r); });
}

grpc::ServerUnaryReactor* NetworkRpc::CorrectDetails(grpc::CallbackServerContext* context,
                                                     const pb::CorrectDetailsRequest* request,
                                                     CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return network_.CorrectDetails(r); });
}

grpc::ServerUnaryReactor* NetworkRpc::Record(grpc::CallbackServerContext* context,
                                             const pb::RecordRequest* request,
                                             CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return network_.Record(r); });
}

}  // namespace mlup::network
