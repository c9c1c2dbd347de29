// Serves the case service over gRPC: one line a method.
#pragma once

#include "mlup/cases/v1/case_service.grpc.pb.h"
#include "services/cases/case_service.h"
#include "services/rpc/executor.h"

namespace mlup::cases {

// Any thread. Borrows the service and the executor, which must outlive it.
class CaseRpc final : public pb::CaseService::CallbackService {
 public:
  CaseRpc(CaseService& cases, rpc::Executor& executor) : cases_(cases), executor_(executor) {}

  grpc::ServerUnaryReactor* OpenCase(grpc::CallbackServerContext* context,
                                     const pb::OpenCaseRequest* request,
                                     CommandResult* response) override;
  grpc::ServerUnaryReactor* CloseCase(grpc::CallbackServerContext* context,
                                      const pb::CloseCaseRequest* request,
                                      CommandResult* response) override;
  grpc::ServerUnaryReactor* ReopenCase(grpc::CallbackServerContext* context,
                                       const pb::ReopenCaseRequest* request,
                                       CommandResult* response) override;
  grpc::ServerUnaryReactor* ProvideService(grpc::CallbackServerContext* context,
                                           const pb::ProvideServiceRequest* request,
                                           CommandResult* response) override;
  grpc::ServerUnaryReactor* CompleteAssessment(grpc::CallbackServerContext* context,
                                               const pb::CompleteAssessmentRequest* request,
                                               CommandResult* response) override;
  grpc::ServerUnaryReactor* ConductFollowUp(grpc::CallbackServerContext* context,
                                            const pb::ConductFollowUpRequest* request,
                                            CommandResult* response) override;
  grpc::ServerUnaryReactor* MakeReferral(grpc::CallbackServerContext* context,
                                         const pb::MakeReferralRequest* request,
                                         CommandResult* response) override;
  grpc::ServerUnaryReactor* StartPlacement(grpc::CallbackServerContext* context,
                                           const pb::StartPlacementRequest* request,
                                           CommandResult* response) override;
  grpc::ServerUnaryReactor* EndPlacement(grpc::CallbackServerContext* context,
                                         const pb::EndPlacementRequest* request,
                                         CommandResult* response) override;
  grpc::ServerUnaryReactor* StartPersonRole(grpc::CallbackServerContext* context,
                                            const pb::StartPersonRoleRequest* request,
                                            CommandResult* response) override;
  grpc::ServerUnaryReactor* EndPersonRole(grpc::CallbackServerContext* context,
                                          const pb::EndPersonRoleRequest* request,
                                          CommandResult* response) override;
  grpc::ServerUnaryReactor* AddHouseholdMember(grpc::CallbackServerContext* context,
                                               const pb::AddHouseholdMemberRequest* request,
                                               CommandResult* response) override;
  grpc::ServerUnaryReactor* RemoveHouseholdMember(grpc::CallbackServerContext* context,
                                                  const pb::RemoveHouseholdMemberRequest* request,
                                                  CommandResult* response) override;
  grpc::ServerUnaryReactor* MergePersons(grpc::CallbackServerContext* context,
                                         const pb::MergePersonsRequest* request,
                                         CommandResult* response) override;
  grpc::ServerUnaryReactor* UnmergePersons(grpc::CallbackServerContext* context,
                                           const pb::UnmergePersonsRequest* request,
                                           CommandResult* response) override;
  grpc::ServerUnaryReactor* MergeHouseholds(grpc::CallbackServerContext* context,
                                            const pb::MergeHouseholdsRequest* request,
                                            CommandResult* response) override;
  grpc::ServerUnaryReactor* UnmergeHouseholds(grpc::CallbackServerContext* context,
                                              const pb::UnmergeHouseholdsRequest* request,
                                              CommandResult* response) override;
  grpc::ServerUnaryReactor* RequestApproval(grpc::CallbackServerContext* context,
                                            const pb::RequestApprovalRequest* request,
                                            CommandResult* response) override;
  grpc::ServerUnaryReactor* GrantApproval(grpc::CallbackServerContext* context,
                                          const pb::GrantApprovalRequest* request,
                                          CommandResult* response) override;
  grpc::ServerUnaryReactor* RejectApproval(grpc::CallbackServerContext* context,
                                           const pb::RejectApprovalRequest* request,
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
  CaseService& cases_;
  rpc::Executor& executor_;
};

}  // namespace mlup::cases
