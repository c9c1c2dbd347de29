// The service event_store.client.projections.Projections.
#pragma once

#include <string>

#include "event_store/client/projections_service.grpc.pb.h"
#include "services/esdb/calls_rpc.h"

namespace mlup::esdb {

namespace projections = ::event_store::client::projections;

// The system's projections, which always run: what they make is found in the log when it is read.
// Register it with one grpc::Server. Borrows the parts. Any thread.
class ProjectionsRpc final : public projections::Projections::CallbackService {
 public:
  explicit ProjectionsRpc(const CallParts& parts) : parts_(parts) {}

  grpc::ServerWriteReactor<projections::StatisticsResp>* Statistics(
      grpc::CallbackServerContext* context, const projections::StatisticsReq* request) override;
  grpc::ServerUnaryReactor* Enable(grpc::CallbackServerContext* context,
                                   const projections::NameReq* request,
                                   projections::DoneResp* response) override;
  grpc::ServerUnaryReactor* Disable(grpc::CallbackServerContext* context,
                                    const projections::NameReq* request,
                                    projections::DoneResp* response) override;
  grpc::ServerUnaryReactor* Reset(grpc::CallbackServerContext* context,
                                  const projections::NameReq* request,
                                  projections::DoneResp* response) override;
  grpc::ServerUnaryReactor* State(grpc::CallbackServerContext* context,
                                  const projections::StateReq* request,
                                  projections::StateResp* response) override;
  grpc::ServerUnaryReactor* Result(grpc::CallbackServerContext* context,
                                   const projections::StateReq* request,
                                   projections::ResultResp* response) override;
  grpc::ServerUnaryReactor* RestartSubsystem(grpc::CallbackServerContext* context,
                                             const pb::Empty* request,
                                             pb::Empty* response) override;

 private:
  // Runs `work()` for who may call, where there is a projection of this name.
  template <typename Work>
  grpc::ServerUnaryReactor* Run(grpc::CallbackServerContext* context, const std::string& name,
                                Work work);

  const CallParts& parts_;
};

}  // namespace mlup::esdb
