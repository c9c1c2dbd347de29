#include "services/mlupd/faces.h"

#include "eventstore/base/check.h"
#include "eventstore/base/status.h"
#include "services/proofs/proof_client_rpc.h"

namespace mlup::daemon {

absl::StatusOr<std::unique_ptr<Faces>> Faces::Open(const ServeOptions& options,
                                                   const Behind& behind) {
  std::unique_ptr<Faces> faces(new Faces(behind));
  ASSIGN_OR_RETURN(faces->server_,
                   rpc::Server::Start(options.listen, faces->Build(options), behind.clock));
  return faces;
}

Faces::~Faces() {
  // A subscription would last until the server's patience ends.
  if (behind_.log_service != nullptr) behind_.log_service->EndSubscriptions();
  if (group_rpc_ != nullptr) group_rpc_->EndConsumers();
  if (server_ != nullptr) server_->Stop();
}

std::vector<grpc::Service*> Faces::Build(const ServeOptions& options) {
  std::vector<grpc::Service*> services;
  if (options.Plays(kRoleLog)) {
    proof_rpc_ = std::make_unique<proofs::ProofRpc>(*behind_.proofs, executor_);
    services.push_back(behind_.log_service);
    services.push_back(proof_rpc_.get());
    group_rpc_ = std::make_unique<log::GroupRpc>(*behind_.groups);
    services.push_back(group_rpc_.get());
  }
  if (options.Records()) {
    writers_ = std::make_unique<Writers>(
        command::CommandHandler(behind_.log, behind_.policy, *behind_.keyring, behind_.clock,
                                behind_.random),
        executor_);
    writers_->AddTo(services, options);
  }
  if (options.Plays(kRoleQuery)) {
    queries_ = MakeQueries();
    queries_->AddTo(services);
  }
  if (behind_.outside != nullptr) behind_.outside->AddTo(services, executor_);
  return services;
}

std::unique_ptr<Queries> Faces::MakeQueries() {
  if (behind_.proofs == nullptr) {
    remote_bundles_ = std::make_unique<proofs::ProofClient>(behind_.log_channel);
  }
  proofs::BundleMaker* const local = behind_.proofs;
  const ReadModels& models = *behind_.read_models;
  const query::ReportService::Sources reports{behind_.log,          behind_.policy,
                                              behind_.definitions,  models.facts(),
                                              models.fact_worker(), models.workers()};
  const query::AuditService::Sources audit{behind_.log,
                                           behind_.policy,
                                           *behind_.keyring,
                                           behind_.clock,
                                           behind_.random,
                                           models.histories(),
                                           models.history_worker(),
                                           local != nullptr ? *local : *remote_bundles_};
  return std::make_unique<Queries>(reports, audit, executor_);
}

}  // namespace mlup::daemon
