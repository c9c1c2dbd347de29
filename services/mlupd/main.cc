// The program mlupd: parses arguments, runs the daemon until SIGTERM or SIGINT.
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include <CLI/CLI.hpp>
#include <grpc/support/log.h>
#include <nlohmann/json.hpp>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "eventstore/base/diagnostics.h"
#include "eventstore/base/status.h"
#include "services/mlupd/daemon.h"
#include "services/mlupd/options.h"

namespace {

using mlup::daemon::Daemon;
using mlup::daemon::ServeOptions;

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

// Blocks the signals that end or reload the daemon in all threads, so that Wait() gets them.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // Whoever read our output may be gone; that is no reason to end.
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

// Until the daemon is to end; on SIGHUP reads again who may do what.
void Wait(const sigset_t& signals, const ServeOptions& options, Daemon& daemon) {
  int signal = 0;
  while (sigwait(&signals, &signal) == 0 && signal == SIGHUP) {
    const absl::Status reloaded = daemon.Reload(options);
    mlup::Tell(reloaded.ok() ? "mlupd: read roles, subscribers and certificates again"
                             : absl::StrCat("mlupd: what could not be read again stays as it was: ",
                                            mlup::ErrorReason(reloaded), ": ", reloaded.message()));
  }
}

int Fail(const absl::Status& status) {
  mlup::Tell(absl::StrCat("mlupd: ", mlup::ErrorReason(status), ": ", status.message()));
  return absl::IsInvalidArgument(status) ? kExitUsage : kExitFailed;
}

// The one line at the start: programs read the address from it.
void PrintServing(const Daemon& daemon, const ServeOptions& options) {
  nlohmann::ordered_json line = {
      {"event", "serving"},
      {"address", daemon.address()},
      {"head", daemon.head().value},
      {"roles", std::vector<std::string>(options.roles.begin(), options.roles.end())},
      {"version", MLUP_VERSION}};
  if (!daemon.http_address().empty()) line["http"] = daemon.http_address();
  if (!daemon.operator_address().empty()) line["operator"] = daemon.operator_address();
  if (!daemon.esdb_address().empty()) line["esdb"] = daemon.esdb_address();
  if (!daemon.web_address().empty()) line["web"] = daemon.web_address();
  std::cout << line.dump() << std::endl;
}

// Every connection takes a descriptor, and the log's files some: as many as the system allows.
void RaiseDescriptors() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  // Where it is refused there are as many as before.
  static_cast<void>(setrlimit(RLIMIT_NOFILE, &limit));
}

// gRPC would wait for whoever reads standard error.
void TellOfGrpc(gpr_log_func_args* line) { mlup::Tell(absl::StrCat("grpc: ", line->message)); }

int Serve(ServeOptions options) {
  gpr_set_log_function(TellOfGrpc);
  // Debian's abseil looks for deadlocks at every lock of gRPC: some hundredths of a short call.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // Nobody else on the machine reads what the daemon writes.
  umask(077);
  RaiseDescriptors();
  const sigset_t signals = BlockSignals();
  if (const absl::Status status = Complete(options); !status.ok()) return Fail(status);
  auto daemon = Daemon::Start(options);
  if (!daemon.ok()) return Fail(daemon.status());
  if (const std::string warning = (*daemon)->tls_warning(); !warning.empty()) {
    mlup::Tell(absl::StrCat("mlupd: warning: ", warning));
  }
  PrintServing(**daemon, options);
  Wait(signals, options, **daemon);
  daemon->reset();
  std::cout << R"({"event":"stopped"})" << std::endl;
  return 0;
}

void AddLog(CLI::App& app, ServeOptions& options) {
  app.add_option("--journal", options.journal,
                 "Folder of the commit journal, best on another disk [DATA/journal]");
  app.add_flag("--wait-for-both-copies", options.wait_for_both_copies,
               "Acknowledge only when both copies of the log are on the disk");
  app.add_option(
         "--cache-mib", options.cache_mib,
         absl::StrCat("Memory for what was read from the log, in MiB [", options.cache_mib, "]"))
      ->check(CLI::Range(8, 1 << 16));
  app.add_option("--accept-loss-after", options.accept_loss_after,
                 "Go on although events after this position may be lost, as a refused start said");
  app.add_option_function<std::string>(
      "--accept-clock",
      [&options](const std::string& text) {
        absl::CivilDay day;
        if (!absl::ParseCivilTime(text, &day)) throw CLI::ValidationError("a day is YYYY-MM-DD");
        options.accept_clock = day;
      },
      "Go on although the clock is far from the last event, as a refused start said: YYYY-MM-DD");
  app.add_option("--accept-lost-keys", options.accept_lost_keys,
                 "Go on although so many keys are not in the keyring, as a refused start said");
  app.add_option("--signing-key", options.signing_key,
                 "File of the key that signs for the log, never inside the data folder "
                 "[DATA.signing-key]");
  app.add_option("--log-name", options.log_name,
                 "Name of the log in its checkpoints, at the first start [mlup.RANDOM]");
  app.add_option("--witness", options.witnesses,
                 "Folder of a witness: start only if the log begins with what it saw; repeatable")
      ->allow_extra_args(false);
}

void AddOutside(CLI::App& app, ServeOptions& options) {
  app.add_option("--subscribers-file", options.subscribers_file,
                 "Who outside may follow events, in protobuf text [nobody]");
  app.add_option("--http-listen", options.http_listen,
                 "127.0.0.1:PORT (0: any free port) or unix:PATH for HTTP to subscribers, with TLS "
                 "any HOST:PORT [none]");
  app.add_option("--operator-listen", options.operator_listen,
                 "127.0.0.1:PORT (0: any free port) or unix:PATH for health in full and metrics, "
                 "with --http-listen [none]");
  app.add_option("--esdb-listen", options.esdb_listen,
                 "127.0.0.1:PORT (0: any free port) or unix:PATH for clients of EventStoreDB, with "
                 "TLS and --tls-client-ca any HOST:PORT [none]");
  app.add_option("--esdb-subscriber", options.esdb_subscriber,
                 "The subscriber that such clients are without credentials, '' for none; without "
                 "TLS only [esdb, on a Unix socket '']");
  app.add_option("--tls-certificate", options.tls.certificate,
                 "Certificate for HTTP and EventStoreDB, with its issuers, in PEM: they speak TLS "
                 "only [plaintext, on this machine]");
  app.add_option("--tls-key", options.tls.key,
                 "Its key in PEM, without a passphrase, mode 0600, never inside the data folder");
  app.add_option("--tls-client-ca", options.tls.client_ca,
                 "Callers must show a certificate of these issuers, in PEM, besides their token "
                 "[token alone]");
}

void AddWeb(CLI::App& app, ServeOptions& options) {
  app.add_option("--web-listen", options.web_listen,
                 "127.0.0.1:PORT (0: any free port), or unix:PATH with --web-origin, for the web "
                 "application, where people sign in to their accounts [none]");
  app.add_option("--web-origin", options.web_origin,
                 "https://HOST[:PORT] that an edge with TLS serves it on (deploy/edge) [none]")
      ->envname("MLUP_WEB_ORIGIN");
  app.add_option("--web-dir", options.web_dir,
                 "Folder of web.pack, read anew at each request, for development [built in]");
}

void AddServe(CLI::App& app, ServeOptions& options, std::vector<std::string>& roles) {
  app.add_option("--data", options.data, "Folder of the log and the read models")
      ->envname("MLUP_DATA")
      ->capture_default_str();
  app.add_option("--name", options.name,
                 "What people call the installation, remembered [the machine's name]");
  app.add_flag(
      "--real-data", options.holds_real_data,
      "The installation holds data of real people, remembered: who imports is asked first");
  app.add_option("--listen", options.listen, "127.0.0.1:PORT (0: any free port) or unix:PATH")
      ->envname("MLUP_SERVER")
      ->capture_default_str();
  app.add_option(
         "--roles", roles,
         "Parts to play: log,cases,training,donations,network,identity,projections,query [all]")
      ->delimiter(',');
  app.add_option("--log", options.log,
                 "Address of the process that plays the role log, where this one does not");
  app.add_option("--keyring", options.keyring,
                 "File of the keys, never inside the data folder [DATA.keyring]");
  AddLog(app, options);
  AddOutside(app, options);
  AddWeb(app, options);
  app.add_option("--roles-file", options.roles_file,
                 "Who may do what, in protobuf text [built in]");
  app.add_option(
      "--canaries", options.canaries_file,
      "Ids of records that nobody has a reason to read, one a line: each reading of them "
      "is an alarm");
  app.add_option("--certificates", options.certificates,
                 "Folder of `mlup certs`: services and devices sign in with its certificates "
                 "[none]");
  app.add_option("--peer-listen", options.peer_listen,
                 "Path of a Unix socket by which users of this machine sign in (`mlup login "
                 "--peer`) [none]");
  app.add_option("--peer-accounts", options.peer_accounts_file,
                 "Which of them has which account: a user and an actor id a line");
  app.add_option("--openid", options.openid_file,
                 "An OpenID provider that says who somebody is, in protobuf text [none]");
  app.add_option("--indicators", options.indicators_file,
                 "Definitions of the figures, in protobuf text [built in]");
  app.add_option("--dashboards", options.dashboards_file,
                 "Worklists, panels and balances, in protobuf text [built in]");
  app.add_option("--postgres", options.postgres_file,
                 "File, mode 0600, with the connection string of a PostgreSQL that tables for "
                 "analysts are written to [none]");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("mlupd, the daemon of mlup: the event log, the services and the reports.", "mlupd");
  app.set_version_flag("--version", absl::StrCat("mlupd ", MLUP_VERSION));
  app.require_subcommand(1);
  ServeOptions options;
  std::vector<std::string> roles;
  AddServe(*app.add_subcommand(
               "serve",
               "Serve until SIGTERM or SIGINT; SIGHUP reads roles, subscribers and certificates "
               "again"),
           options, roles);
  app.footer("Exit codes: 0 stopped; 1 could not start; 2 usage.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  options.roles.insert(roles.begin(), roles.end());
  return Serve(std::move(options));
}
