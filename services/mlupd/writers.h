// The services that record events.
#pragma once

#include <vector>

#include <grpcpp/impl/service_type.h>

#include "services/cases/case_rpc.h"
#include "services/command/command_handler.h"
#include "services/donations/donation_rpc.h"
#include "services/mlupd/options.h"
#include "services/network/network_rpc.h"
#include "services/rpc/executor.h"
#include "services/training/training_rpc.h"

namespace mlup::daemon {

// The four domain services over one command handler, each with its gRPC adapter.
//
// gRPC's threads call the adapters. Borrows everything it is built from.
class Writers {
 public:
  Writers(const command::CommandHandler& handler, rpc::Executor& executor)
      : commands_(handler), executor_(executor) {}

  // Adds the services of the roles that are played.
  void AddTo(std::vector<grpc::Service*>& services, const ServeOptions& options) {
    if (options.Plays(kRoleCases)) services.push_back(&case_rpc_);
    if (options.Plays(kRoleTraining)) services.push_back(&training_rpc_);
    if (options.Plays(kRoleDonations)) services.push_back(&donation_rpc_);
    if (options.Plays(kRoleNetwork)) services.push_back(&network_rpc_);
  }

 private:
  command::CommandHandler commands_;
  rpc::Executor& executor_;
  cases::CaseService cases_{commands_};
  training::TrainingService training_{commands_};
  donations::DonationService donations_{commands_};
  network::NetworkService network_{commands_};
  cases::CaseRpc case_rpc_{cases_, executor_};
  training::TrainingRpc training_rpc_{training_, executor_};
  donations::DonationRpc donation_rpc_{donations_, executor_};
  network::NetworkRpc network_rpc_{network_, executor_};
};

}  // namespace mlup::daemon
