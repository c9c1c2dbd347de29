#include "services/mlupd/inner_server.h"

#include <set>
#include <string>
#include <utility>

#include "eventstore/base/check.h"
#include "eventstore/base/status.h"
#include "projections/case_history/case_history_projection.h"
#include "services/domain/fact_table.h"
#include "services/proofs/proof_client_rpc.h"

namespace mlup::daemon {
namespace {

constexpr std::string_view kReportsAreRecordedBy = "network";

}  // namespace

absl::StatusOr<std::unique_ptr<InnerServer>> InnerServer::Open(const ServeOptions& options,
                                                               const Parts& parts) {
  std::unique_ptr<InnerServer> server(new InnerServer(parts));
  ASSIGN_OR_RETURN(server->server_, rpc::Server::Start(options.listen, server->Build(options),
                                                       parts.clock, &parts.sign_ins.door()));
  return server;
}

InnerServer::~InnerServer() {
  // A subscription would last until the server's patience ends.
  if (parts_.log_service != nullptr) parts_.log_service->EndStreams();
  if (group_rpc_ != nullptr) group_rpc_->EndConsumers();
  if (server_ != nullptr) server_->Stop();
}

std::vector<log::RpcService*> InnerServer::Build(const ServeOptions& options) {
  about_rpc_ = std::make_unique<installation::AboutRpc>(parts_.about, parts_.log, executor_);
  std::vector<log::RpcService*> services = {about_rpc_.get()};
  if (options.Plays(kRoleLog)) {
    proof_rpc_ = std::make_unique<proofs::ProofRpc>(*parts_.proofs, executor_);
    group_rpc_ = std::make_unique<log::GroupRpc>(*parts_.groups, parts_.log_readings->AsCheck());
    services.insert(services.end(), {parts_.log_service, proof_rpc_.get(), group_rpc_.get()});
  }
  if (options.Records()) {
    commands_.emplace(parts_.log, parts_.policy, parts_.keyring, parts_.clock, parts_.random);
    writers_ = std::make_unique<Writers>(*commands_, commands_executor_, options,
                                         &parts_.sign_ins.accounts());
    writers_->AddTo(services);
  }
  if (options.Plays(kRoleQuery)) {
    queries_ = MakeQueries();
    queries_->AddTo(services);
  }
  if (options.Records() && options.Plays(kRoleQuery)) {
    sync_rpc_ = MakeSync(options);
    services.push_back(sync_rpc_.get());
  }
  if (options.Plays(kReportsAreRecordedBy) && options.Plays(kRoleQuery)) {
    publications_.emplace(query::PublicationService::Parts{
        parts_.policy, queries_->reports(), *commands_, parts_.clock, parts_.random});
    publication_rpc_ = std::make_unique<query::PublicationRpc>(*publications_, commands_executor_);
    services.push_back(publication_rpc_.get());
  }
  if (parts_.outside != nullptr) parts_.outside->AddTo(services, executor_);
  parts_.sign_ins.AddTo(services);
  return services;
}

std::unique_ptr<Queries> InnerServer::MakeQueries() {
  if (parts_.proofs == nullptr) {
    remote_bundles_ = std::make_unique<proofs::ProofClient>(parts_.log_channel);
  }
  proofs::BundleMaker* const local = parts_.proofs;
  projections::ReadModels& models = *parts_.read_models;
  const projections::ReadModel& facts = models.Of(projections::FactProjection::kName);
  const projections::ReadModel& histories = models.Of(projections::CaseHistoryProjection::kName);
  facts_.emplace(facts.rows());
  disclosure_.emplace(parts_.log, parts_.keyring, parts_.clock, parts_.random,
                      parts_.reading_watch);
  const query::ReportService::Parts reports{parts_.log,   parts_.policy,  parts_.definitions,
                                            *facts_,      facts.worker(), parts_.workers,
                                            *disclosure_, parts_.clock};
  const query::AuditService::Parts audit{
      parts_.log,         parts_.policy,
      parts_.keyring,     parts_.clock,
      *disclosure_,       histories.rows(),
      histories.worker(), local != nullptr ? *local : *remote_bundles_};
  const search::SearchService::Parts search{parts_.log,       parts_.policy,     parts_.keyring,
                                            parts_.clock,     *disclosure_,      *parts_.persons,
                                            histories.rows(), histories.worker()};
  const query::ProjectionService::Parts projections{models, parts_.policy, parts_.clock,
                                                    parts_.random, parts_.log_service != nullptr};
  return std::make_unique<Queries>(reports, audit, search, projections, executor_);
}

std::unique_ptr<sync::SyncRpc> InnerServer::MakeSync(const ServeOptions& options) {
  std::set<std::string> played;
  for (const domain::Service& service : domain::FactTable::Get().services()) {
    if (options.Plays(service.name)) played.insert(service.name);
  }
  const accounts::Accounts& accounts = parts_.sign_ins.accounts();
  push_.emplace(sync::Push::Parts{*commands_, accounts, std::move(played), parts_.log,
                                  parts_.keyring, parts_.clock, parts_.random});
  feed_.emplace(sync::Feed::Parts{accounts, parts_.policy, queries_->audit(), commands_->known(),
                                  parts_.log, parts_.keyring, parts_.clock, parts_.random});
  return std::make_unique<sync::SyncRpc>(*push_, *feed_, commands_executor_);
}

}  // namespace mlup::daemon
