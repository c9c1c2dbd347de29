// The gRPC server for our own clients, on this machine.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include <grpcpp/channel.h>

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/bus/group_host.h"
#include "eventstore/log/event_log.h"
#include "eventstore/server/event_store_service.h"
#include "eventstore/server/group_rpc.h"
#include "projections/counting/definitions.h"
#include "projections/facts/fact_projection.h"
#include "projections/following.h"
#include "projections/read_model.h"
#include "services/identity/policy.h"
#include "services/installation/about_rpc.h"
#include "services/mlupd/options.h"
#include "services/mlupd/outside.h"
#include "services/mlupd/readers.h"
#include "services/mlupd/sign_ins.h"
#include "services/mlupd/writers.h"
#include "services/privacy/keyring.h"
#include "services/proofs/bundle_maker.h"
#include "services/proofs/proof_rpc.h"
#include "services/query/disclose.h"
#include "services/query/log_readings.h"
#include "services/query/publication_rpc.h"
#include "services/rpc/executor.h"
#include "services/rpc/server.h"
#include "services/sync/sync_rpc.h"

namespace mlup::daemon {

// The services of the roles that are played, with the threads that run their calls and the server
// that takes them. Begins after everything parts it and ends before it: not serving, no new calls,
// running calls have ten seconds.
//
// One thread starts and ends it. Borrows what is parts it.
class InnerServer {
 public:
  // What the services are built over; null where the roles do not need it.
  struct Parts {
    const installation::About& about;
    const identity::Policy& policy;
    const counting::Definitions& definitions;
    const Clock& clock;
    Random& random;
    log::EventLog& log;
    privacy::Keyring& keyring;
    SignIns& sign_ins;
    query::ReadingWatch& reading_watch;
    // With the role log.
    log::EventStoreService* log_service = nullptr;
    log::GroupHost* groups = nullptr;
    query::LogReadings* log_readings = nullptr;
    proofs::ProofService* proofs = nullptr;
    // Without it.
    std::shared_ptr<grpc::Channel> log_channel = nullptr;
    projections::ReadModels* read_models = nullptr;
    // With the role query.
    const search::Indexer* persons = nullptr;
    // Whose progress is told.
    std::vector<const projections::Following*> workers = {};
    // Where other systems are served.
    Outside* outside = nullptr;
  };

  // UNAVAILABLE ADDRESS_IN_USE.
  static absl::StatusOr<std::unique_ptr<InnerServer>> Open(const ServeOptions& options,
                                                           const Parts& parts);

  ~InnerServer();
  InnerServer(const InnerServer&) = delete;
  InnerServer& operator=(const InnerServer&) = delete;

  // The address with the port it has.
  const std::string& address() const { return server_->address(); }

  // Where this process itself calls it.
  std::shared_ptr<grpc::Channel> LocalChannel() { return server_->LocalChannel(); }

 private:
  explicit InnerServer(const Parts& parts) : parts_(parts) {}

  std::vector<log::RpcService*> Build(const ServeOptions& options);
  std::unique_ptr<Queries> MakeQueries();
  // Over commands and queries.
  std::unique_ptr<sync::SyncRpc> MakeSync(const ServeOptions& options);

  const Parts parts_;
  rpc::Executor executor_{{}, parts_.clock};
  // Commands wait for the disk: so many are committed together.
  rpc::Executor commands_executor_{{.threads = 64}, parts_.clock};
  std::unique_ptr<installation::AboutRpc> about_rpc_;
  std::unique_ptr<proofs::ProofRpc> proof_rpc_;
  std::unique_ptr<log::GroupRpc> group_rpc_;
  std::optional<command::CommandHandler> commands_;
  std::unique_ptr<Writers> writers_;
  // Bundles of a log in another process.
  std::unique_ptr<proofs::BundleMaker> remote_bundles_;
  std::optional<projections::FactStore> facts_;
  std::optional<query::Disclosure> disclosure_;
  std::unique_ptr<Queries> queries_;
  std::optional<sync::Push> push_;
  std::optional<sync::Feed> feed_;
  std::unique_ptr<sync::SyncRpc> sync_rpc_;
  std::optional<query::PublicationService> publications_;
  std::unique_ptr<query::PublicationRpc> publication_rpc_;
  // Last: nothing calls the others any more when it is gone.
  std::unique_ptr<rpc::Server> server_;
};

}  // namespace mlup::daemon
