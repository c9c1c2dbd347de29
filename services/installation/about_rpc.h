// InstallationService over gRPC.
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "eventstore/log/event_log.h"
#include "mlup/installation/v1/installation_service.pb.h"
#include "services/rpc/serve.h"

namespace mlup::installation {

// What does not change while a process runs.
struct About {
  std::string name;
  bool holds_real_data = false;
  std::string version;
};

// Tells of an installation and how far its log is. Borrows log and executor.
class AboutRpc final : public rpc::Service {
 public:
  AboutRpc(About about, log::EventLog& log, rpc::Executor& executor);

 private:
  absl::StatusOr<v1::DescribeResponse> Describe(const v1::DescribeRequest& request) const;

  const About about_;
  log::EventLog& log_;
};

}  // namespace mlup::installation
