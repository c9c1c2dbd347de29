// Construction in the order of dependency; destruction in reverse.
#include "services/mlupd/daemon.h"

#include <array>
#include <cstdlib>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include <unistd.h>

#include "eventstore/base/clock.h"
#include "eventstore/base/clock_rules.h"
#include "eventstore/base/diagnostics.h"
#include "eventstore/base/files.h"
#include "eventstore/base/private_file.h"
#include "eventstore/base/random.h"
#include "eventstore/base/status.h"
#include "eventstore/client/grpc_event_log.h"
#include "eventstore/payload/payload.h"
#include "projections/facts/fact_projection.h"
#include "projections/postgres/conninfo.h"
#include "projections/postgres/postgres_worker.h"
#include "services/gateway/web_server.h"
#include "services/identity/credentials_file.h"
#include "services/identity/secrets.h"
#include "services/installation/key_check.h"
#include "services/installation/reserve.h"
#include "services/mlupd/builtin.h"
#include "services/mlupd/inner_server.h"
#include "services/mlupd/log_access.h"
#include "services/mlupd/log_proofs.h"
#include "services/mlupd/sign_ins.h"
#include "services/query/log_readings.h"
#include "services/query/rebuilt_event.h"
#include "services/rpc/local_calls.h"
#include "services/search/indexer.h"

namespace mlup::daemon {
namespace {

absl::Status MakeFolder(const std::string& path) {
  const absl::Status made = SystemFiles().MakeFolder(path);
  if (made.ok()) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "FOLDER_UNUSABLE", ToStd(made.message()));
}

installation::Places PlacesOf(const ServeOptions& options) {
  return {.data = options.data,
          .journal = options.journal,
          .keyring = options.keyring,
          .credentials = identity::CredentialsPath(options.keyring),
          .signing_key = options.signing_key,
          .witnesses = options.witnesses,
          .name = options.name,
          .holds_real_data = options.holds_real_data,
          .with_log = options.Plays(kRoleLog),
          .with_keyring = options.Records() || options.Plays(kRoleQuery),
          .accepts_loss = options.accept_loss_after.has_value()};
}

void TellOf(const installation::Inspection& found) {
  for (const installation::Finding& finding : found.findings) {
    if (finding.kind != installation::Finding::Kind::kTold) continue;
    Tell(absl::StrCat("mlupd: warning: ", ErrorReason(finding.status), ": ",
                      finding.status.message()));
  }
}

// What the installation is called and marked as, here or at an earlier start.
installation::About AboutOf(const installation::Remembered& remembered) {
  std::string name = installation::Unescaped(remembered.Of(std::string(installation::kNameEntry)));
  if (name.empty()) {
    std::array<char, 256> host = {};
    name = gethostname(host.data(), host.size() - 1) == 0 ? host.data() : "mlup";
  }
  return {.name = std::move(name),
          .holds_real_data = remembered.entries.contains(std::string(installation::kRealDataEntry)),
          .version = MLUP_VERSION};
}

// What is there now is what must be there at the next start.
void Remember(const installation::Places& places) {
  const installation::Inspection found = installation::Inspect(SystemFiles(), places);
  const absl::Status written =
      installation::WriteRemembered(SystemFiles(), places.remembered(), found.next);
  if (written.ok()) return;
  Tell(absl::StrCat("mlupd: warning: ", ErrorReason(written), ": ", written.message()));
}

// Persons' data cannot be opened any more: better nothing than "sealed" in silence.
[[noreturn]] void RefuseKeyring(const absl::Status& why) {
  Tell(absl::StrCat("mlupd: ", ErrorReason(why), ": ", why.message(), "; stopping"));
  std::_Exit(1);
}

}  // namespace

// Members in the order in which they begin; what stands above outlives what stands below.
struct Daemon::Parts {
  Parts(identity::Policy granted, counting::Definitions defined)
      : policy(std::move(granted)), definitions(std::move(defined)) {}

  // Follows the accounts once they are there.
  identity::Policy policy;
  const counting::Definitions definitions;
  installation::About about;
  SystemClock system_clock;
  SteadyClock clock{system_clock, UptimeClock()};
  SystemRandom random;
  std::unique_ptr<privacy::Keyring> keyring;
  // Where the log is in another process.
  std::shared_ptr<grpc::Channel> log_channel;
  std::unique_ptr<log::EventLog> log;
  // Of all that is folded from the log.
  std::unique_ptr<projections::SharedReader> reader;
  std::unique_ptr<LogProofs> proofs;
  std::unique_ptr<query::ReadingWatch> reading_watch;
  std::unique_ptr<query::LogReadings> log_readings;
  std::unique_ptr<log::EventStoreService> log_service;
  std::unique_ptr<log::GroupHost> groups;
  std::unique_ptr<SignIns> sign_ins;
  std::unique_ptr<installation::KeyCheck> key_check;
  std::unique_ptr<projections::ReadModels> read_models;
  std::unique_ptr<projections::FactStore> facts;
  std::unique_ptr<postgres::PostgresWorker> postgres;
  std::unique_ptr<search::Indexer> persons;
  std::unique_ptr<Outside> outside;
  std::unique_ptr<InnerServer> inner_server;
  std::unique_ptr<rpc::LocalCalls> local_calls;
  std::unique_ptr<gateway::WebServer> web;
};

Daemon::Daemon(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Daemon::~Daemon() {
  parts_.reset();
  if (places_.has_value()) Remember(*places_);
}

const std::string& Daemon::address() const { return parts_->inner_server->address(); }

std::string Daemon::http_address() const {
  return parts_->outside == nullptr ? "" : parts_->outside->http_address();
}
std::string Daemon::tls_warning() const {
  return parts_->outside == nullptr ? "" : parts_->outside->tls_warning();
}

std::string Daemon::operator_address() const {
  return parts_->outside == nullptr ? "" : parts_->outside->operator_address();
}

std::string Daemon::esdb_address() const {
  return parts_->outside == nullptr ? "" : parts_->outside->esdb_address();
}

std::string Daemon::web_address() const {
  return parts_->web == nullptr ? "" : parts_->web->address();
}

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(const ServeOptions& options) {
  ASSIGN_OR_RETURN(const std::string roles, ReadOr(options.roles_file, BuiltinRoles()));
  ASSIGN_OR_RETURN(const std::string indicators,
                   ReadOr(options.indicators_file, BuiltinIndicators()));
  ASSIGN_OR_RETURN(const std::string dashboards,
                   ReadOr(options.dashboards_file, BuiltinDashboards()));
  ASSIGN_OR_RETURN(identity::Policy policy, identity::Policy::Parse(roles));
  ASSIGN_OR_RETURN(counting::Definitions definitions,
                   counting::Definitions::Parse(indicators, dashboards));
  std::string planted;
  if (!options.canaries_file.empty()) {
    ASSIGN_OR_RETURN(planted, SystemFiles().ReadAll(options.canaries_file));
  }
  ASSIGN_OR_RETURN(std::set<std::string> canaries, query::ParseCanaries(planted));
  std::unique_ptr<Daemon> daemon(
      new Daemon(std::make_unique<Parts>(std::move(policy), std::move(definitions))));
  daemon->parts_->reading_watch =
      std::make_unique<query::ReadingWatch>(daemon->parts_->clock, std::move(canaries));
  const installation::Places places = PlacesOf(options);
  const installation::Inspection found = installation::Inspect(SystemFiles(), places);
  RETURN_IF_ERROR(found.verdict());
  daemon->parts_->about = AboutOf(found.next);
  RETURN_IF_ERROR(CheckClock(daemon->parts_->clock.Now()));
  RETURN_IF_ERROR(MakeFolder(options.data));
  RETURN_IF_ERROR(CheckOwnFolder(options.data, "DATA_FOLDER_MODE"));
  RETURN_IF_ERROR(installation::ReleaseReserve(SystemFiles(), options.data));
  // Also where nothing is sealed or opened: who calls is known by it.
  ASSIGN_OR_RETURN(daemon->parts_->keyring, privacy::Keyring::Open(options.keyring));
  RETURN_IF_ERROR(daemon->StartLog(options));
  TellOf(found);
  RETURN_IF_ERROR(daemon->StartReaders(options));
  RETURN_IF_ERROR(daemon->StartServers(options));
  RETURN_IF_ERROR(installation::TakeReserve(SystemFiles(), options.data));
  Remember(places);
  daemon->places_ = places;
  return daemon;
}

absl::Status Daemon::Reload(const ServeOptions& options) {
  // A file that is broken keeps no other one from taking something away.
  absl::Status reloaded = parts_->sign_ins->Reload(options);
  if (parts_->outside != nullptr) reloaded.Update(parts_->outside->Reload(options));
  if (options.roles_file.empty()) return reloaded;
  const auto roles = SystemFiles().ReadAll(options.roles_file);
  reloaded.Update(roles.ok() ? parts_->policy.Replace(*roles) : roles.status());
  return reloaded;
}

absl::Status Daemon::StartLog(const ServeOptions& options) {
  Parts& parts = *parts_;
  if (options.Plays(kRoleLog)) {
    ASSIGN_OR_RETURN(parts.log, OpenLog(options, parts.clock));
    parts.reader = std::make_unique<projections::SharedReader>(*parts.log);
    ASSIGN_OR_RETURN(parts.proofs,
                     LogProofs::Open(options, *parts.reader, parts.clock, parts.random));
    parts.log_readings =
        std::make_unique<query::LogReadings>(*parts.log, *parts.keyring, parts.clock, parts.random);
    parts.log_service = std::make_unique<log::EventStoreService>(
        *parts.log, parts.clock, payload::CheckReadable, parts.log_readings->AsCheck());
    ASSIGN_OR_RETURN(parts.groups, log::GroupHost::Open({*parts.log, SystemFiles(), parts.clock},
                                                        {.folder = options.data + "/groups"}));
  } else {
    ASSIGN_OR_RETURN(
        parts.log_channel,
        ConnectLog(options.log,
                   accounts::InstallationToken(identity::CredentialKey(*parts.keyring)),
                   parts.clock));
    parts.log = std::make_unique<log::GrpcEventLog>(parts.log_channel);
    parts.reader = std::make_unique<projections::SharedReader>(*parts.log);
  }
  ASSIGN_OR_RETURN(head_, parts.log->Head());
  return absl::OkStatus();
}

absl::Status Daemon::StartReaders(const ServeOptions& options) {
  if (!options.Plays(kRoleProjections)) return absl::OkStatus();
  RETURN_IF_ERROR(MakeFolder(options.data + "/readmodels"));
  const projections::Rebuild::Record record = [parts = parts_.get()](const auto& done) {
    return query::RecordRebuilt(*parts->log, parts->clock, done);
  };
  ASSIGN_OR_RETURN(parts_->read_models, projections::ReadModels::Open(options.data + "/readmodels",
                                                                      *parts_->reader, record));
  return StartPostgres(options);
}

absl::Status Daemon::StartPostgres(const ServeOptions& options) {
  if (options.postgres_file.empty()) return absl::OkStatus();
  Parts& parts = *parts_;
  ASSIGN_OR_RETURN(std::string conninfo,
                   postgres::ReadConninfo(options.postgres_file, SystemFiles()));
  const projections::ReadModel& facts = parts.read_models->Of("indicator_facts");
  parts.facts = std::make_unique<projections::FactStore>(facts.rows());
  parts.postgres = std::make_unique<postgres::PostgresWorker>(
      postgres::PostgresWorker::Parts{.reader = *parts.reader,
                                      .facts = *parts.facts,
                                      .facts_worker = facts.worker(),
                                      .definitions = parts.definitions,
                                      .clock = parts.clock,
                                      .conninfo = std::move(conninfo)});
  return absl::OkStatus();
}

std::vector<const projections::Following*> Daemon::Workers() const {
  std::vector<const projections::Following*> workers;
  if (parts_->read_models != nullptr) workers = parts_->read_models->workers();
  if (parts_->postgres != nullptr) workers.push_back(parts_->postgres.get());
  if (parts_->proofs != nullptr) workers.push_back(&parts_->proofs->progress());
  if (parts_->persons != nullptr) workers.push_back(parts_->persons.get());
  return workers;
}

absl::Status Daemon::CheckKeys(const ServeOptions& options) {
  Parts& parts = *parts_;
  ASSIGN_OR_RETURN(parts.key_check,
                   installation::KeyCheck::Start({*parts.log, *parts.keyring, SystemFiles()},
                                                 {.file = options.data + "/sealed-keys",
                                                  .accepted = options.accept_lost_keys,
                                                  .refused = RefuseKeyring}));
  return absl::OkStatus();
}

absl::Status Daemon::StartServers(const ServeOptions& options) {
  Parts& parts = *parts_;
  if (options.Records() || options.Plays(kRoleQuery)) {
    RETURN_IF_ERROR(CheckKeys(options));
  }
  if (options.Plays(kRoleQuery)) {
    parts.persons = std::make_unique<search::Indexer>(
        *parts.reader, *parts.keyring, identity::NewRandomBytes(privacy::SecretKey::kBytes));
  }
  ASSIGN_OR_RETURN(parts.sign_ins, SignIns::Open(options, {*parts.log, *parts.keyring, parts.policy,
                                                           parts.clock, parts.random}));
  if (options.ServesOthers()) {
    ASSIGN_OR_RETURN(parts.outside,
                     Outside::Open(options, {.log = *parts.log,
                                             .reader = *parts.reader,
                                             .clock = parts.clock,
                                             .random = parts.random,
                                             .policy = parts.policy,
                                             .groups = parts.groups.get(),
                                             .workers = Workers(),
                                             .reading_watch = parts.reading_watch.get()}));
  }
  const InnerServer::Parts inner{
      .about = parts.about,
      .policy = parts.policy,
      .definitions = parts.definitions,
      .clock = parts.clock,
      .random = parts.random,
      .log = *parts.log,
      .keyring = *parts.keyring,
      .sign_ins = *parts.sign_ins,
      .reading_watch = *parts.reading_watch,
      .log_service = parts.log_service.get(),
      .groups = parts.groups.get(),
      .log_readings = parts.log_readings.get(),
      .proofs = parts.proofs == nullptr ? nullptr : &parts.proofs->service(),
      .log_channel = parts.log_channel,
      .read_models = parts.read_models.get(),
      .persons = parts.persons.get(),
      .workers = Workers(),
      .outside = parts.outside.get()};
  ASSIGN_OR_RETURN(parts.inner_server, InnerServer::Open(options, inner));
  return StartWeb(options);
}

absl::Status Daemon::StartWeb(const ServeOptions& options) {
  if (options.web_listen.empty()) return absl::OkStatus();
  Parts& parts = *parts_;
  parts.local_calls =
      std::make_unique<rpc::LocalCalls>(parts.inner_server->LocalChannel(), parts.clock);
  ASSIGN_OR_RETURN(
      parts.web, gateway::WebServer::Start(
                     {options.web_listen, BuiltinWeb(), options.web_dir, options.web_origin},
                     {SystemFiles(), {*parts.local_calls, parts.sign_ins->door(), parts.policy}}));
  return absl::OkStatus();
}

}  // namespace mlup::daemon
