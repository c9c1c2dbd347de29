// What the process shows to the outside.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include <grpcpp/channel.h>
#include <grpcpp/impl/service_type.h>

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/bus/group_host.h"
#include "eventstore/log/event_log.h"
#include "eventstore/server/event_store_service.h"
#include "eventstore/server/group_rpc.h"
#include "projections/counting/definitions.h"
#include "services/identity/policy.h"
#include "services/mlupd/options.h"
#include "services/mlupd/outside.h"
#include "services/mlupd/readers.h"
#include "services/mlupd/writers.h"
#include "services/privacy/keyring.h"
#include "services/proofs/bundle_maker.h"
#include "services/proofs/proof_rpc.h"
#include "services/rpc/executor.h"
#include "services/rpc/server.h"

namespace mlup::daemon {

// The services of the roles that are played, with the threads that run their calls and the server
// that takes them. Begins after everything behind it and ends before it: not serving, no new calls,
// running calls have ten seconds.
//
// One thread starts and ends it. Borrows what is behind it.
class Faces {
 public:
  // What the services are built over; null where the roles do not need it.
  struct Behind {
    const identity::Policy& policy;
    const counting::Definitions& definitions;
    const Clock& clock;
    Random& random;
    log::EventLog& log;
    // With the role log.
    log::EventStoreService* log_service = nullptr;
    log::GroupHost* groups = nullptr;
    proofs::ProofService* proofs = nullptr;
    // Without it.
    std::shared_ptr<grpc::Channel> log_channel = nullptr;
    privacy::Keyring* keyring = nullptr;
    ReadModels* read_models = nullptr;
    // Where other systems are served.
    Outside* outside = nullptr;
  };

  // UNAVAILABLE ADDRESS_IN_USE.
  static absl::StatusOr<std::unique_ptr<Faces>> Open(const ServeOptions& options,
                                                     const Behind& behind);

  ~Faces();
  Faces(const Faces&) = delete;
  Faces& operator=(const Faces&) = delete;

  // The address with the port it has.
  const std::string& address() const { return server_->address(); }

 private:
  explicit Faces(const Behind& behind) : behind_(behind) {}

  std::vector<grpc::Service*> Build(const ServeOptions& options);
  std::unique_ptr<Queries> MakeQueries();

  const Behind behind_;
  rpc::Executor executor_{{}, behind_.clock};
  std::unique_ptr<proofs::ProofRpc> proof_rpc_;
  std::unique_ptr<log::GroupRpc> group_rpc_;
  std::unique_ptr<Writers> writers_;
  // Bundles of a log in another process.
  std::unique_ptr<proofs::BundleMaker> remote_bundles_;
  std::unique_ptr<Queries> queries_;
  // Last: nothing calls the others any more when it is gone.
  std::unique_ptr<rpc::Server> server_;
};

}  // namespace mlup::daemon
