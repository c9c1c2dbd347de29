// Serves the training service over gRPC: one line a method.
#pragma once

#include "mlup/training/v1/training_service.grpc.pb.h"
#include "services/rpc/executor.h"
#include "services/training/training_service.h"

namespace mlup::training {

// Any thread. Borrows the service and the executor, which must outlive it.
class TrainingRpc final : public pb::TrainingService::CallbackService {
 public:
  TrainingRpc(TrainingService& training, rpc::Executor& executor)
      : training_(training), executor_(executor) {}

  grpc::ServerUnaryReactor* HoldActivity(grpc::CallbackServerContext* context,
                                         const pb::HoldActivityRequest* request,
                                         CommandResult* response) override;
  grpc::ServerUnaryReactor* CancelActivity(grpc::CallbackServerContext* context,
                                           const pb::CancelActivityRequest* request,
                                           CommandResult* response) override;
  grpc::ServerUnaryReactor* RecordAttendance(grpc::CallbackServerContext* context,
                                             const pb::RecordAttendanceRequest* request,
                                             CommandResult* response) override;
  grpc::ServerUnaryReactor* RecordHeadcount(grpc::CallbackServerContext* context,
                                            const pb::RecordHeadcountRequest* request,
                                            CommandResult* response) override;
  grpc::ServerUnaryReactor* EndWorkExperience(grpc::CallbackServerContext* context,
                                              const pb::EndWorkExperienceRequest* request,
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
  TrainingService& training_;
  rpc::Executor& executor_;
};

}  // namespace mlup::training
