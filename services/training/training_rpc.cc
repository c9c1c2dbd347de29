#include "services/training/training_rpc.h"

#include "services/rpc/serve.h"

namespace mlup::training {

grpc::ServerUnaryReactor* TrainingRpc::HoldActivity(grpc::CallbackServerContext* context,
                                                    const pb::HoldActivityRequest* request,
                                                    CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return training_.HoldActivity(r); });
}

grpc::ServerUnaryReactor* TrainingRpc::CancelActivity(grpc::CallbackServerContext* context,
                                                      const pb::CancelActivityRequest* request,
                                                      CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return training_.CancelActivity(r); });
}

grpc::ServerUnaryReactor* TrainingRpc::RecordAttendance(grpc::CallbackServerContext* context,
                                                        const pb::RecordAttendanceRequest* request,
                                                        CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return training_.RecordAttendance(r); });
}

grpc::ServerUnaryReactor* TrainingRpc::RecordHeadcount(grpc::CallbackServerContext* context,
                                                       const pb::RecordHeadcountRequest* request,
                                                       CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return training_.RecordHeadcount(r); });
}

grpc::ServerUnaryReactor* TrainingRpc::EndWorkExperience(
    grpc::CallbackServerContext* context, const pb::EndWorkExperienceRequest* request,
    CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return training_.EndWorkExperience(r); });
}

grpc::ServerUnaryReactor* TrainingRpc::RequestApproval(grpc::CallbackServerContext* context,
                                                       const pb::RequestApprovalRequest* request,
                                                       CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return training_.RequestApproval(r); });
}

grpc::ServerUnaryReactor* TrainingRpc::GrantApproval(grpc::CallbackServerContext* context,
                                                     const pb::GrantApprovalRequest* request,
                                                     CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return training_.GrantApproval(r); });
}

grpc::ServerUnaryReactor* TrainingRpc::RejectApproval(grpc::CallbackServerContext* context,
                                                      const pb::RejectApprovalRequest* request,
                                                      CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return training_.RejectApproval(r); });
}

grpc::ServerUnaryReactor* TrainingRpc::VoidEntry(grpc::CallbackServerContext* context,
                                                 const pb::VoidEntryRequest* request,
                                                 CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return training_.VoidEntry(r); });
}

grpc::ServerUnaryReactor* TrainingRpc::CorrectDetails(grpc::CallbackServerContext* context,
                                                      const pb::CorrectDetailsRequest* request,
                                                      CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return training_.CorrectDetails(r); });
}

grpc::ServerUnaryReactor* TrainingRpc::Record(grpc::CallbackServerContext* context,
                                              const pb::RecordRequest* request,
                                              CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return training_.Record(r); });
}

}  // namespace mlup::training
