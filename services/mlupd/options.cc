// Defaults and checks of the options.
#include "services/mlupd/options.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "eventstore/base/loopback.h"
#include "eventstore/base/status.h"
#include "services/domain/fact_table.h"
#include "services/fields/text_format.h"

namespace mlup::daemon {
namespace {

std::vector<std::string> Roles() {
  std::vector<std::string> roles = {std::string(kRoleLog)};
  for (const domain::Service& service : domain::FactTable::Get().services()) {
    roles.push_back(service.name);
  }
  roles.emplace_back(kRoleProjections);
  roles.emplace_back(kRoleQuery);
  return roles;
}

absl::Status Bad(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, message);
}

absl::Status CheckRoles(const ServeOptions& options) {
  const std::vector<std::string> roles = Roles();
  for (const std::string& role : options.roles) {
    if (std::find(roles.begin(), roles.end(), role) == roles.end()) {
      return Bad("ROLE_UNKNOWN", absl::StrCat("there is no role ", role, "; roles are ",
                                              absl::StrJoin(roles, ", ")));
    }
  }
  if (options.Plays(kRoleLog) && !options.log.empty()) {
    return Bad("LOG_TWICE",
               "--log names the log of another process; leave it out, or the role log");
  }
  if (!options.Plays(kRoleLog) && options.log.empty()) {
    return Bad("LOG_MISSING",
               "without the role log, --log=ADDRESS must name the process that plays it");
  }
  if (!options.Plays(kRoleLog) && !options.witnesses.empty()) {
    return Bad("WITNESS_WITHOUT_LOG",
               "--witness belongs to the process that plays the role log: give it there");
  }
  if (options.Plays(kRoleQuery) && !options.Plays(kRoleProjections)) {
    return Bad("ROLES_TOGETHER",
               "query reads the folders that projections writes: give both roles to one process");
  }
  if (!options.postgres_file.empty() && !options.Plays(kRoleProjections)) {
    return Bad("ROLES_TOGETHER",
               "--postgres counts from the folders that projections writes: give it to the process "
               "of that role");
  }
  return absl::OkStatus();
}

// Whether `path` is `folder` or below it.
bool IsWithin(const std::filesystem::path& path, const std::filesystem::path& folder) {
  // What cannot be followed is no place at all; whoever opens it says so.
  std::error_code error;
  const std::filesystem::path inner =
      std::filesystem::weakly_canonical(std::filesystem::absolute(path), error);
  if (error) return false;
  const std::filesystem::path outer =
      std::filesystem::weakly_canonical(std::filesystem::absolute(folder), error);
  if (error) return false;
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

// The host of `HOST:PORT`.
absl::StatusOr<std::string_view> HostOf(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  int port = 0;
  if (colon != std::string_view::npos && colon > 0 &&
      absl::SimpleAtoi(ToAbsl(address.substr(colon + 1)), &port) && port >= 0 && port <= 65535) {
    return address.substr(0, colon);
  }
  return Bad("ADDRESS_INVALID", absl::StrCat("not an address: ", ToAbsl(address),
                                             "; use 127.0.0.1:7400 or unix:/path"));
}

bool IsUnix(std::string_view address) { return address.starts_with("unix:") && address.size() > 5; }

// An address for systems outside: any with TLS. A Unix socket is for the edge.
absl::Status CheckOutside(std::string_view option, const std::string& address, bool with_tls) {
  if (address.empty() || IsUnix(address)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string_view host, HostOf(address));
  if (with_tls || IsLoopback(host)) return absl::OkStatus();
  return Bad("ADDRESS_NOT_LOCAL",
             absl::StrCat("refused to speak plaintext on ", ToAbsl(option), "=", address,
                          option == "--operator-listen" || option == "--web-listen"
                              ? ": use 127.0.0.1"
                              : ": give --tls-certificate and --tls-key, or use 127.0.0.1"));
}

// The HTTP/2 of gRPC takes much memory from who has not said yet who it is; with a certificate
// asked for in the handshake, strangers do not come so far.
absl::Status CheckEsdb(const ServeOptions& options) {
  RETURN_IF_ERROR(CheckOutside("--esdb-listen", options.esdb_listen, !options.tls.empty()));
  if (options.esdb_listen.empty() || IsUnix(options.esdb_listen) ||
      !options.tls.client_ca.empty()) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::string_view host, HostOf(options.esdb_listen));
  if (IsLoopback(host)) return absl::OkStatus();
  return Bad("CLIENT_CA_MISSING",
             absl::StrCat("--esdb-listen=", options.esdb_listen,
                          " is reached from other machines: give --tls-client-ca, so that only "
                          "callers with a certificate come in, or use 127.0.0.1"));
}

absl::Status CheckTls(const ServeOptions& options) {
  if (options.tls.empty()) return absl::OkStatus();
  if (options.tls.certificate.empty() || options.tls.key.empty()) {
    return Bad("TLS_INCOMPLETE", "TLS needs both --tls-certificate and --tls-key");
  }
  if (options.http_listen.empty() && options.esdb_listen.empty()) {
    return Bad(
        "TLS_UNUSED",
        "the certificate is for HTTP and for clients of EventStoreDB: give --http-listen or "
        "--esdb-listen too, or leave it out (--listen takes none, it stays on this machine)");
  }
  if (options.esdb_subscriber.has_value()) {
    return Bad(
        "SUBSCRIBER_WITH_TLS",
        "--esdb-subscriber says who sends no credentials, and with TLS everybody sends some: "
        "leave it out; the password is the subscriber's token");
  }
  if (IsWithin(options.tls.key, options.data)) {
    return Bad(
        "TLS_KEY_INSIDE_DATA",
        "the key of the certificate must not lie in the data folder: whoever copies the data "
        "must not be able to pass for this server");
  }
  return absl::OkStatus();
}

// What is printed on one line.
absl::Status CheckName(std::string_view name) {
  constexpr std::size_t kNameCharactersMax = 80;
  const fields::TextScan scan = fields::ScanText(name);
  const bool good = scan.valid && !scan.control_characters && !scan.line_breaks_or_tabs &&
                    scan.characters <= kNameCharactersMax;
  return good ? absl::OkStatus()
              : Bad("NAME_INVALID", "--name takes one line of at most 80 characters");
}

}  // namespace

absl::Status CheckLocal(std::string_view address) {
  if (IsUnix(address)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string_view host, HostOf(address));
  if (IsLoopback(host)) return absl::OkStatus();
  return Bad("ADDRESS_NOT_LOCAL",
             absl::StrCat("refused to speak plaintext on ", ToAbsl(address),
                          ": here only loopback and unix: addresses are allowed"));
}

bool ServeOptions::Records() const {
  const auto& services = domain::FactTable::Get().services();
  return std::any_of(services.begin(), services.end(),
                     [this](const domain::Service& service) { return Plays(service.name); });
}

absl::Status Complete(ServeOptions& options) {
  if (options.roles.empty()) {
    for (std::string& role : Roles()) options.roles.insert(std::move(role));
  }
  while (options.data.size() > 1 && options.data.back() == '/') options.data.pop_back();
  if (options.keyring.empty()) options.keyring = options.data + ".keyring";
  if (options.signing_key.empty()) options.signing_key = options.data + ".signing-key";
  if (options.journal.empty()) options.journal = options.data + "/journal";
  RETURN_IF_ERROR(CheckName(options.name));
  RETURN_IF_ERROR(CheckRoles(options));
  RETURN_IF_ERROR(CheckLocal(options.listen));
  if (!options.log.empty()) RETURN_IF_ERROR(CheckLocal(options.log));
  RETURN_IF_ERROR(CheckTls(options));
  const bool with_tls = !options.tls.empty();
  // Where an edge lets others call, everybody says who they are.
  if (!options.esdb_subscriber.has_value()) {
    options.esdb_subscriber = with_tls || IsUnix(options.esdb_listen) ? "" : "esdb";
  }
  RETURN_IF_ERROR(CheckOutside("--http-listen", options.http_listen, with_tls));
  RETURN_IF_ERROR(CheckOutside("--operator-listen", options.operator_listen, false));
  RETURN_IF_ERROR(CheckOutside("--web-listen", options.web_listen, false));
  if (options.peer_listen.empty() != options.peer_accounts_file.empty()) {
    return Bad("PEERS_INCOMPLETE", "--peer-listen and --peer-accounts belong together");
  }
  if (options.web_listen.empty() && !options.web_origin.empty()) {
    return Bad("WEB_NOT_SERVED", "--web-origin says where an edge serves --web-listen: give both");
  }
  if (!options.web_origin.empty() && !options.web_origin.starts_with("https://")) {
    return Bad("WEB_ORIGIN_INVALID", "--web-origin is https://HOST or https://HOST:PORT");
  }
  if (IsUnix(options.web_listen) && options.web_origin.empty()) {
    return Bad("WEB_ORIGIN_MISSING",
               "--web-listen is a Unix socket, which an edge serves to browsers: say where with "
               "--web-origin=https://HOST");
  }
  if (options.web_listen.empty() && !options.web_dir.empty()) {
    return Bad("WEB_NOT_SERVED", "--web-dir belongs to the web application: give --web-listen too");
  }
  if (!options.operator_listen.empty() && options.http_listen.empty()) {
    return Bad("OPERATOR_WITHOUT_HTTP",
               "--operator-listen tells how the HTTP face does: give --http-listen too");
  }
  RETURN_IF_ERROR(CheckEsdb(options));
  if (!options.esdb_listen.empty() && !options.Plays(kRoleLog)) {
    return Bad("ROLES_TOGETHER",
               "--esdb-listen needs the consumer groups of the role log: give it to that process");
  }
  if (IsWithin(options.keyring, options.data)) {
    return Bad("KEYRING_INSIDE_DATA",
               "the keyring must not lie in the data folder: whoever copies the data must not get "
               "the keys");
  }
  if (IsWithin(options.signing_key, options.data)) {
    return Bad("SIGNING_KEY_INSIDE_DATA",
               "the signing key must not lie in the data folder: whoever puts back a copy of the "
               "data must not put back its signatures");
  }
  return absl::OkStatus();
}

}  // namespace mlup::daemon
