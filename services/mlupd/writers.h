// The services that record events.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "services/accounts/accounts.h"
#include "services/command/command_handler.h"
#include "services/mlupd/options.h"
#include "services/rpc/executor.h"
#include "services/rpc/unary_rpc.h"

namespace mlup::daemon {

// One gRPC service for each role that records, and RecordService for all of them, over one command
// handler. Whose commands they are follows from who calls.
//
// Borrows everything it is built from; accounts where there are some to
// be told of.
class Writers {
 public:
  Writers(command::CommandHandler& handler, rpc::Executor& executor, const ServeOptions& options,
          const accounts::Accounts* accounts = nullptr);

  void AddTo(std::vector<log::RpcService*>& services) const;

 private:
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> RecordEach(
      google::protobuf::Message& request, const log::AdmissionPtr& who);
  // Of what was recorded.
  void TellAccounts(const google::protobuf::Message& request) const;

  command::CommandHandler& handler_;
  const accounts::Accounts* const accounts_;
  // Names of the services whose roles are played.
  std::set<std::string> played_;
  std::vector<std::unique_ptr<rpc::UnaryRpc>> rpcs_;
};

}  // namespace mlup::daemon
