// The server of the EventStoreDB gRPC protocol.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/bus/group_host.h"
#include "eventstore/log/event_log.h"
#include "services/sharing/feed.h"
#include "services/tls/tls_files.h"

namespace mlup::esdb {

// A second face of the log, on a port of its own: clients of EventStoreDB read what their
// subscriber may see, and record events on streams of their own. See README.md.
//
// Any thread. Borrows its parts, which must outlive it. Limits are those named kEsdb… in
// eventstore/base/limits.h.
class EsdbServer {
 public:
  struct Parts {
    log::EventLog& log;
    sharing::FeedSource& feeds;
    log::GroupHost& groups;
    const Clock& clock;
    Random& random;
  };
  struct Options {
    // `HOST:2113`, port 0 for any free one; without TLS a host of this machine only. Or
    // `unix:PATH`, for an edge that runs as the same user.
    std::string address;
    // The subscriber that clients without credentials are, nobody when empty. It must be empty with
    // TLS: where others may call, everybody says who they are.
    std::string subscriber = "esdb";
    // With it, TLS is all that is spoken.
    std::optional<tls::TlsIdentity> tls = {};
  };

  // FAILED_PRECONDITION: ADDRESS_INVALID; ADDRESS_NOT_LOCAL, plaintext does not leave the machine.
  // UNAVAILABLE ADDRESS_IN_USE.
  static absl::StatusOr<std::unique_ptr<EsdbServer>> Start(const Parts& parts, Options options);

  // Ends all calls and stops.
  ~EsdbServer();
  EsdbServer(const EsdbServer&) = delete;
  EsdbServer& operator=(const EsdbServer&) = delete;

  // Where to call it: the address with the port it has.
  const std::string& address() const;

 private:
  struct State;
  explicit EsdbServer(std::unique_ptr<State> state);

  const std::unique_ptr<State> state_;
};

}  // namespace mlup::esdb
