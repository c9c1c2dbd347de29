// The daemon: every role it plays, wired together.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "eventstore/base/types.h"
#include "projections/following.h"
#include "services/installation/inspection.h"
#include "services/mlupd/options.h"

namespace mlup::daemon {

// Serves from Start() until it is destroyed.
//
// One thread starts and ends it. Owns everything that runs in the process. Ends in reverse of how
// it began: not serving, no new calls, running calls have ten seconds, then the workers, the read
// models, the keyring, the proofs (which sign a last checkpoint) and the log are closed.
class Daemon {
 public:
  // `options` are complete (see Complete()). What the parts say when they cannot start; UNAVAILABLE
  // LOG_UNREACHABLE when the log of another process does not answer.
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(const ServeOptions& options);

  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Where to call it: the address with the port it has.
  const std::string& address() const;

  // Where to call HTTP; empty when it is not served.
  std::string http_address() const;
  // The same for health and metrics.
  std::string operator_address() const;
  // The same for clients of EventStoreDB.
  std::string esdb_address() const;
  // Where the web application is; empty when it is not served.
  std::string web_address() const;
  // What callers will refuse about the certificate; mostly empty.
  std::string tls_warning() const;

  // Reads certificates, subscribers and roles again: what they no longer grant stops within a
  // second, on open streams too. One that cannot be read stays as it was, and the first error is
  // told. What is built in stays as it is.
  absl::Status Reload(const ServeOptions& options);

  // Last position of the log when it began to serve.
  Position head() const { return head_; }

 private:
  struct Parts;
  explicit Daemon(std::unique_ptr<Parts> parts);

  absl::Status CheckKeys(const ServeOptions& options);

  absl::Status StartLog(const ServeOptions& options);
  absl::Status StartReaders(const ServeOptions& options);
  absl::Status StartPostgres(const ServeOptions& options);
  absl::Status StartServers(const ServeOptions& options);
  absl::Status StartWeb(const ServeOptions& options);
  // All that this process keeps up with the log.
  std::vector<const projections::Following*> Workers() const;

  std::unique_ptr<Parts> parts_;
  Position head_;
  // What to look at again at the end, so that it is remembered as it was left; nothing before the
  // start went well.
  std::optional<installation::Places> places_;
};

}  // namespace mlup::daemon
