#include "services/cases/case_rpc.h"

#include "services/rpc/serve.h"

namespace mlup::cases {

grpc::ServerUnaryReactor* CaseRpc::OpenCase(grpc::CallbackServerContext* context,
                                            const pb::OpenCaseRequest* request,
                                            CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.OpenCase(r); });
}

grpc::ServerUnaryReactor* CaseRpc::CloseCase(grpc::CallbackServerContext* context,
                                             const pb::CloseCaseRequest* request,
                                             CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.CloseCase(r); });
}

grpc::ServerUnaryReactor* CaseRpc::ReopenCase(grpc::CallbackServerContext* context,
                                              const pb::ReopenCaseRequest* request,
                                              CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.ReopenCase(r); });
}

grpc::ServerUnaryReactor* CaseRpc::ProvideService(grpc::CallbackServerContext* context,
                                                  const pb::ProvideServiceRequest* request,
                                                  CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.ProvideService(r); });
}

grpc::ServerUnaryReactor* CaseRpc::CompleteAssessment(grpc::CallbackServerContext* context,
                                                      const pb::CompleteAssessmentRequest* request,
                                                      CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.CompleteAssessment(r); });
}

grpc::ServerUnaryReactor* CaseRpc::ConductFollowUp(grpc::CallbackServerContext* context,
                                                   const pb::ConductFollowUpRequest* request,
                                                   CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.ConductFollowUp(r); });
}

grpc::ServerUnaryReactor* CaseRpc::MakeReferral(grpc::CallbackServerContext* context,
                                                const pb::MakeReferralRequest* request,
                                                CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.MakeReferral(r); });
}

grpc::ServerUnaryReactor* CaseRpc::StartPlacement(grpc::CallbackServerContext* context,
                                                  const pb::StartPlacementRequest* request,
                                                  CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.StartPlacement(r); });
}

grpc::ServerUnaryReactor* CaseRpc::EndPlacement(grpc::CallbackServerContext* context,
                                                const pb::EndPlacementRequest* request,
                                                CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.EndPlacement(r); });
}

grpc::ServerUnaryReactor* CaseRpc::StartPersonRole(grpc::CallbackServerContext* context,
                                                   const pb::StartPersonRoleRequest* request,
                                                   CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.StartPersonRole(r); });
}

grpc::ServerUnaryReactor* CaseRpc::EndPersonRole(grpc::CallbackServerContext* context,
                                                 const pb::EndPersonRoleRequest* request,
                                                 CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.EndPersonRole(r); });
}

grpc::ServerUnaryReactor* CaseRpc::AddHouseholdMember(grpc::CallbackServerContext* context,
                                                      const pb::AddHouseholdMemberRequest* request,
                                                      CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.AddHouseholdMember(r); });
}

grpc::ServerUnaryReactor* CaseRpc::RemoveHouseholdMember(
    grpc::CallbackServerContext* context, const pb::RemoveHouseholdMemberRequest* request,
    CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.RemoveHouseholdMember(r); });
}

grpc::ServerUnaryReactor* CaseRpc::MergePersons(grpc::CallbackServerContext* context,
                                                const pb::MergePersonsRequest* request,
                                                CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.MergePersons(r); });
}

grpc::ServerUnaryReactor* CaseRpc::UnmergePersons(grpc::CallbackServerContext* context,
                                                  const pb::UnmergePersonsRequest* request,
                                                  CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.UnmergePersons(r); });
}

grpc::ServerUnaryReactor* CaseRpc::MergeHouseholds(grpc::CallbackServerContext* context,
                                                   const pb::MergeHouseholdsRequest* request,
                                                   CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.MergeHouseholds(r); });
}

grpc::ServerUnaryReactor* CaseRpc::UnmergeHouseholds(grpc::CallbackServerContext* context,
                                                     const pb::UnmergeHouseholdsRequest* request,
                                                     CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.UnmergeHouseholds(r); });
}

grpc::ServerUnaryReactor* CaseRpc::RequestApproval(grpc::CallbackServerContext* context,
                                                   const pb::RequestApprovalRequest* request,
                                                   CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.RequestApproval(r); });
}

grpc::ServerUnaryReactor* CaseRpc::GrantApproval(grpc::CallbackServerContext* context,
                                                 const pb::GrantApprovalRequest* request,
                                                 CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.GrantApproval(r); });
}

grpc::ServerUnaryReactor* CaseRpc::RejectApproval(grpc::CallbackServerContext* context,
                                                  const pb::RejectApprovalRequest* request,
                                                  CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.RejectApproval(r); });
}

grpc::ServerUnaryReactor* CaseRpc::VoidEntry(grpc::CallbackServerContext* context,
                                             const pb::VoidEntryRequest* request,
                                             CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.VoidEntry(r); });
}

grpc::ServerUnaryReactor* CaseRpc::CorrectDetails(grpc::CallbackServerContext* context,
                                                  const pb::CorrectDetailsRequest* request,
                                                  CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.CorrectDetails(r); });
}

grpc::ServerUnaryReactor* CaseRpc::Record(grpc::CallbackServerContext* context,
                                          const pb::RecordRequest* request,
                                          CommandResult* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return cases_.Record(r); });
}

}  // namespace mlup::cases
