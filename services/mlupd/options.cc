// Defaults and checks of the options.
#include "services/mlupd/options.h"

#include <algorithm>
#include <filesystem>
#include <initializer_list>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/loopback.h"
#include "eventstore/base/status.h"

namespace mlup::daemon {
namespace {

constexpr std::initializer_list<std::string_view> kRoles = {
    kRoleLog,     kRoleCases,       kRoleTraining, kRoleDonations,
    kRoleNetwork, kRoleProjections, kRoleQuery};

absl::Status Bad(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, message);
}

absl::Status CheckRoles(const ServeOptions& options) {
  for (const std::string& role : options.roles) {
    if (std::find(kRoles.begin(), kRoles.end(), role) == kRoles.end()) {
      return Bad("ROLE_UNKNOWN",
                 absl::StrCat("there is no role ", role,
                              "; roles are log, cases, training, donations, network, "
                              "projections, query"));
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
  return absl::OkStatus();
}

// Whether `path` is `folder` or below it.
bool IsWithin(const std::filesystem::path& path, const std::filesystem::path& folder) {
  const std::filesystem::path inner =
      std::filesystem::weakly_canonical(std::filesystem::absolute(path));
  const std::filesystem::path outer =
      std::filesystem::weakly_canonical(std::filesystem::absolute(folder));
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

}  // namespace

absl::Status CheckLocal(std::string_view address) {
  if (address.starts_with("unix:") && address.size() > 5) return absl::OkStatus();
  const std::size_t colon = address.rfind(':');
  int port = 0;
  if (colon == std::string_view::npos ||
      !absl::SimpleAtoi(ToAbsl(address.substr(colon + 1)), &port) || port < 0 || port > 65535) {
    return Bad("ADDRESS_INVALID", absl::StrCat("not an address: ", ToAbsl(address),
                                               "; use 127.0.0.1:7400 or unix:/path"));
  }
  if (IsLoopback(address.substr(0, colon))) return absl::OkStatus();
  return Bad("ADDRESS_NOT_LOCAL",
             absl::StrCat("refused to speak plaintext on ", ToAbsl(address),
                          ": only loopback and unix: addresses are allowed without certificates"));
}

absl::Status Complete(ServeOptions& options) {
  if (options.roles.empty()) {
    for (const std::string_view role : kRoles) options.roles.emplace(role);
  }
  while (options.data.size() > 1 && options.data.back() == '/') options.data.pop_back();
  if (options.keyring.empty()) options.keyring = options.data + ".keyring";
  if (options.signing_key.empty()) options.signing_key = options.data + ".signing-key";
  if (options.journal.empty()) options.journal = options.data + "/journal";
  RETURN_IF_ERROR(CheckRoles(options));
  RETURN_IF_ERROR(CheckLocal(options.listen));
  if (!options.log.empty()) RETURN_IF_ERROR(CheckLocal(options.log));
  if (!options.http_listen.empty()) RETURN_IF_ERROR(CheckLocal(options.http_listen));
  if (!options.esdb_listen.empty()) RETURN_IF_ERROR(CheckLocal(options.esdb_listen));
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
