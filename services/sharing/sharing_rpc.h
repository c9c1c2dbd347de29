// SharingService over gRPC.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "mlup/sharing/v1/sharing_service.grpc.pb.h"
#include "services/rpc/executor.h"
#include "services/sharing/sharing_service.h"

namespace mlup::sharing {

// Hands each call to the service of the same name on the executor. gRPC's threads call it. Borrows
// both.
class SharingRpc final : public v1::SharingService::CallbackService {
 public:
  SharingRpc(const SharingService& service, rpc::Executor& executor)
      : service_(service), executor_(executor) {}

  grpc::ServerUnaryReactor* ListSubscribers(grpc::CallbackServerContext* context,
                                            const v1::ListSubscribersRequest* request,
                                            v1::ListSubscribersResponse* response) override;

 private:
  const SharingService& service_;
  rpc::Executor& executor_;
};

}  // namespace mlup::sharing
