// InstallationService over gRPC.
#pragma once

#include <string>

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "eventstore/log/event_log.h"
#include "mlup/installation/v1/installation_service.grpc.pb.h"
#include "services/rpc/executor.h"

namespace mlup::installation {

// What does not change while a process runs.
struct About {
  std::string name;
  bool holds_real_data = false;
  std::string version;
};

// Tells of an installation and how far its log is. gRPC's threads call it. Borrows log and
// executor.
class AboutRpc final : public v1::InstallationService::CallbackService {
 public:
  AboutRpc(About about, log::EventLog& log, rpc::Executor& executor)
      : about_(std::move(about)), log_(log), executor_(executor) {}

  grpc::ServerUnaryReactor* Describe(grpc::CallbackServerContext* context,
                                     const v1::DescribeRequest* request,
                                     v1::DescribeResponse* response) override;

 private:
  const About about_;
  log::EventLog& log_;
  rpc::Executor& executor_;
};

}  // namespace mlup::installation
