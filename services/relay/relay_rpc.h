// RelayService over gRPC.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "mlup/relay/v1/relay_service.grpc.pb.h"
#include "services/relay/relay_service.h"
#include "services/rpc/executor.h"

namespace mlup::relay {

// Hands each call to the service of the same name on the executor. gRPC's threads call it. Borrows
// both.
class RelayRpc final : public v1::RelayService::CallbackService {
 public:
  RelayRpc(RelayService& service, rpc::Executor& executor)
      : service_(service), executor_(executor) {}

  grpc::ServerUnaryReactor* Ping(grpc::CallbackServerContext* context,
                                 const v1::PingRequest* request,
                                 v1::PingResponse* response) override;
  grpc::ServerUnaryReactor* ListDeadLetters(grpc::CallbackServerContext* context,
                                            const v1::ListDeadLettersRequest* request,
                                            v1::ListDeadLettersResponse* response) override;
  grpc::ServerUnaryReactor* ReplayDeadLetters(grpc::CallbackServerContext* context,
                                              const v1::ReplayDeadLettersRequest* request,
                                              v1::ReplayDeadLettersResponse* response) override;
  grpc::ServerUnaryReactor* SkipDeadLetter(grpc::CallbackServerContext* context,
                                           const v1::SkipDeadLetterRequest* request,
                                           v1::SkipDeadLetterResponse* response) override;
  grpc::ServerUnaryReactor* ReplayFrom(grpc::CallbackServerContext* context,
                                       const v1::ReplayFromRequest* request,
                                       v1::ReplayFromResponse* response) override;

 private:
  RelayService& service_;
  rpc::Executor& executor_;
};

}  // namespace mlup::relay
