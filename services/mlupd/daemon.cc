// Construction in the order of dependency; destruction in reverse.
#include "services/mlupd/daemon.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "eventstore/base/clock.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/random.h"
#include "eventstore/base/status.h"
#include "eventstore/client/grpc_event_log.h"
#include "eventstore/log/rocks_event_log.h"
#include "eventstore/server/event_store_service.h"
#include "services/identity/policy.h"
#include "services/mlupd/builtin.h"
#include "services/mlupd/readers.h"
#include "services/mlupd/writers.h"
#include "services/privacy/keyring.h"
#include "services/rpc/executor.h"
#include "services/rpc/server.h"

namespace mlup::daemon {
namespace {

// How long the process that plays the role log may take to start.
constexpr absl::Duration kLogWait = absl::Seconds(10);

absl::Status MakeFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "FOLDER_UNUSABLE",
               absl::StrCat("cannot make ", path, ": ", error.message()));
}

// The two copies may differ now: only a new start can tell and repair it.
[[noreturn]] void EndProcess(const absl::Status& status) {
  std::cerr << "mlupd: " << ErrorReason(status) << ": " << ToStd(status.message())
            << "; stopping, the next start verifies and repairs the log" << std::endl;
  std::_Exit(1);
}

absl::StatusOr<std::unique_ptr<log::EventLog>> OpenLog(const ServeOptions& options,
                                                       const Clock& clock) {
  log::RocksEventLog::Options wanted{.path = options.data + "/log",
                                     .journal = options.journal,
                                     .wait_for_both_copies = options.wait_for_both_copies,
                                     .on_failure = EndProcess};
  if (options.accept_loss_after.has_value()) {
    wanted.accept_loss_after = Position{*options.accept_loss_after};
  }
  ASSIGN_OR_RETURN(std::unique_ptr<log::RocksEventLog> log,
                   log::RocksEventLog::Open(wanted, clock));
  const log::Repair repair = log->verdict().repair;
  if (repair != log::Repair::kNone && repair != log::Repair::kFresh) {
    std::cerr << "mlupd: " << log->verdict().words << std::endl;
  }
  return log;
}

absl::StatusOr<std::unique_ptr<log::EventLog>> ConnectLog(const std::string& address,
                                                          const Clock& clock) {
  grpc::ChannelArguments arguments;
  // The log is on this machine; a proxy of the environment is not meant for it.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetMaxReceiveMessageSize(static_cast<int>(kMessageSendMax));
  const auto channel =
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  if (!channel->WaitForConnected(absl::ToChronoTime(clock.Now() + kLogWait))) {
    return Error(absl::StatusCode::kUnavailable, "LOG_UNREACHABLE",
                 absl::StrCat("no answer from the log at ", address));
  }
  return std::make_unique<log::GrpcEventLog>(channel);
}

}  // namespace

// Members in the order in which they begin; what stands above outlives what stands below.
struct Daemon::Parts {
  Parts(identity::Policy granted, counting::Definitions defined)
      : policy(std::move(granted)), definitions(std::move(defined)) {}

  ~Parts() {
    // A subscription would last until the server's patience ends.
    if (log_service != nullptr) log_service->EndSubscriptions();
    if (server != nullptr) server->Stop();
  }

  std::unique_ptr<Queries> MakeQueries() {
    const query::ReportService::Sources reports{*log,
                                                policy,
                                                definitions,
                                                read_models->facts(),
                                                read_models->fact_worker(),
                                                read_models->workers()};
    const query::AuditService::Sources audit{*log,
                                             policy,
                                             *keyring,
                                             clock,
                                             random,
                                             read_models->histories(),
                                             read_models->history_worker()};
    return std::make_unique<Queries>(reports, audit, executor);
  }

  const identity::Policy policy;
  const counting::Definitions definitions;
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<log::EventLog> log;
  std::unique_ptr<privacy::Keyring> keyring;
  std::unique_ptr<log::EventStoreService> log_service;
  std::unique_ptr<ReadModels> read_models;
  rpc::Executor executor{{}, clock};
  std::unique_ptr<Writers> writers;
  std::unique_ptr<Queries> queries;
  std::unique_ptr<rpc::Server> server;
};

Daemon::Daemon(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Daemon::~Daemon() = default;

const std::string& Daemon::address() const { return parts_->server->address(); }

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(const ServeOptions& options) {
  ASSIGN_OR_RETURN(const std::string roles, ReadOr(options.roles_file, BuiltinRoles()));
  ASSIGN_OR_RETURN(const std::string indicators,
                   ReadOr(options.indicators_file, BuiltinIndicators()));
  ASSIGN_OR_RETURN(identity::Policy policy, identity::Policy::Parse(roles));
  ASSIGN_OR_RETURN(counting::Definitions definitions, counting::Definitions::Parse(indicators));
  std::unique_ptr<Daemon> daemon(
      new Daemon(std::make_unique<Parts>(std::move(policy), std::move(definitions))));
  RETURN_IF_ERROR(daemon->StartLog(options));
  RETURN_IF_ERROR(daemon->StartReaders(options));
  RETURN_IF_ERROR(daemon->StartServer(options));
  return daemon;
}

absl::Status Daemon::StartLog(const ServeOptions& options) {
  RETURN_IF_ERROR(MakeFolder(options.data));
  if (options.Plays(kRoleLog)) {
    ASSIGN_OR_RETURN(parts_->log, OpenLog(options, parts_->clock));
    parts_->log_service = std::make_unique<log::EventStoreService>(*parts_->log, parts_->clock);
  } else {
    ASSIGN_OR_RETURN(parts_->log, ConnectLog(options.log, parts_->clock));
  }
  ASSIGN_OR_RETURN(head_, parts_->log->Head());
  return absl::OkStatus();
}

absl::Status Daemon::StartReaders(const ServeOptions& options) {
  if (!options.Plays(kRoleProjections)) return absl::OkStatus();
  RETURN_IF_ERROR(MakeFolder(options.data + "/readmodels"));
  ASSIGN_OR_RETURN(parts_->read_models,
                   ReadModels::Open(options.data + "/readmodels", *parts_->log));
  return absl::OkStatus();
}

absl::Status Daemon::StartServer(const ServeOptions& options) {
  Parts& parts = *parts_;
  if (options.Records() || options.Plays(kRoleQuery)) {
    ASSIGN_OR_RETURN(parts.keyring, privacy::Keyring::Open(options.keyring));
  }
  std::vector<grpc::Service*> services;
  if (parts.log_service != nullptr) services.push_back(parts.log_service.get());
  if (options.Records()) {
    parts.writers =
        std::make_unique<Writers>(command::CommandHandler(*parts.log, parts.policy, *parts.keyring,
                                                          parts.clock, parts.random),
                                  parts.executor);
    parts.writers->AddTo(services, options);
  }
  if (options.Plays(kRoleQuery)) {
    parts.queries = parts.MakeQueries();
    parts.queries->AddTo(services);
  }
  ASSIGN_OR_RETURN(parts.server, rpc::Server::Start(options.listen, services, parts.clock));
  return absl::OkStatus();
}

}  // namespace mlup::daemon
