// What `mlupd serve` is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"

#include "eventstore/base/limits.h"
#include "services/tls/tls_files.h"

namespace mlup::daemon {

// The parts that one process can play besides those of the services that record
// (domain::FactTable), each by its name; `mlupd serve` without `--roles` plays all.
inline constexpr std::string_view kRoleLog = "log";
inline constexpr std::string_view kRoleProjections = "projections";
inline constexpr std::string_view kRoleQuery = "query";
// Of those that record: people sign in there.
inline constexpr std::string_view kRoleIdentity = "identity";

struct ServeOptions {
  // Folder of the log and the read models.
  std::string data = "./var/data";
  // What people call the installation; as it was called before, or else as the machine is, when
  // empty.
  std::string name = {};
  // Whether it holds data of real people, from now on for good.
  bool holds_real_data = false;
  // `127.0.0.1:7400`, port 0 for any free one, or `unix:/path`.
  std::string listen = "127.0.0.1:7400";
  // Roles; empty means all.
  std::set<std::string, std::less<>> roles = {};
  // Address of the process that plays the role `log`, where this one does not.
  std::string log = {};
  // File of the keys; `<data>.keyring` when empty.
  std::string keyring = {};
  // File of the key that signs for the log; `<data>.signing-key` when empty.
  std::string signing_key = {};
  // Name of the log in its checkpoints, where the signing key is still to be made; a random one
  // when empty.
  std::string log_name = {};
  // Folders of witnesses, whose checkpoints the log must begin with.
  std::vector<std::string> witnesses = {};
  // Folder of the commit journal; `<data>/journal` when empty.
  std::string journal = {};
  // Whether an acknowledgement waits for both copies of the log.
  bool wait_for_both_copies = false;
  // Memory for what was read from the log, in MiB.
  std::size_t cache_mib = kStoreCacheBytes >> 20;
  // The last certain position, as a refused start named it.
  std::optional<std::uint64_t> accept_loss_after = {};
  // The day that the clock says and somebody said is right, where a start doubted it.
  std::optional<absl::CivilDay> accept_clock = {};
  // How many keys of persons are lost for good, as a refused start named it.
  std::uint64_t accept_lost_keys = 0;
  // Who outside may follow events; nobody when empty.
  std::string subscribers_file = {};
  // `HOST:PORT` for HTTP, port 0 for any free one, or `unix:PATH`; no HTTP when empty. Another host
  // than this machine with TLS only.
  std::string http_listen = {};
  // `127.0.0.1:PORT` or `unix:PATH` where whoever runs the machine asks for health and metrics;
  // nowhere when empty.
  std::string operator_listen = {};
  // `HOST:PORT` or `unix:PATH` for clients of EventStoreDB.
  std::string esdb_listen = {};
  // The subscriber that clients without credentials are there, nobody when empty. Complete() fills
  // it in: `esdb`; with TLS or on a Unix socket, which an edge lets others reach, nobody.
  std::optional<std::string> esdb_subscriber = {};
  // `127.0.0.1:PORT` for the web application, port 0 for any free one, or with `web_origin`
  // `unix:PATH`; none when empty.
  std::string web_listen = {};
  // Where the build of the web application leaves its pack; the built-in one when empty.
  std::string web_dir = {};
  std::string web_origin = {};
  // With these the two speak TLS only; plaintext when empty.
  tls::TlsFiles tls = {};
  // Files that replace the built-in ones.
  std::string roles_file = {};
  // Ids of records that nobody has a reason to read; empty for none.
  std::string canaries_file = {};
  // Folder of the installation's own authority, whose certificates services and devices sign in
  // with; none when empty.
  std::string certificates = {};
  // Unix socket that tells users of the machine who they are here, and the file that says who has
  // which account; none when empty.
  std::string peer_listen = {};
  std::string peer_accounts_file = {};
  // File that names an OpenID provider; none when empty.
  std::string openid_file = {};
  std::string indicators_file = {};
  // What dashboards show; empty for what is built in.
  std::string dashboards_file = {};
  // File with the connection string of a PostgreSQL that read models for analysts are written to;
  // none when empty.
  std::string postgres_file = {};

  bool Plays(std::string_view role) const { return roles.find(role) != roles.end(); }
  // Whether other systems are served.
  bool ServesOthers() const {
    return !subscribers_file.empty() || !http_listen.empty() || !esdb_listen.empty();
  }
  // Whether a role is played that records events.
  bool Records() const;
};

// Fills in what was not given, and checks that the options fit together. INVALID_ARGUMENT with
// words for the person who starts the daemon.
absl::Status Complete(ServeOptions& options);

// INVALID_ARGUMENT: ADDRESS_NOT_LOCAL unless `address` is `unix:<path>` or a loopback host with a
// port, since plaintext never leaves the machine; ADDRESS_INVALID.
absl::Status CheckLocal(std::string_view address);

}  // namespace mlup::daemon
