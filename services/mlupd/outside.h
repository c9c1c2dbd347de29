// What other systems see of the process.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/bus/group_host.h"
#include "eventstore/log/event_log.h"
#include "projections/following.h"
#include "projections/shared_reader.h"
#include "services/esdb/server_rpc.h"
#include "services/gateway/gateway.h"
#include "services/identity/policy.h"
#include "services/mlupd/options.h"
#include "services/query/reading_watch.h"
#include "services/relay/relay_rpc.h"
#include "services/rpc/executor.h"
#include "services/sharing/sharing.h"
#include "services/sharing/sharing_rpc.h"

namespace mlup::daemon {

// The subscribers with all that is decided about them, and the faces through which they come.
//
// One thread starts and ends it. Borrows the log, clock and random numbers.
class Outside {
 public:
  struct Parts {
    log::EventLog& log;
    // Of the same log.
    projections::SharedReader& reader;
    const Clock& clock;
    Random& random;
    const identity::Policy& policy;
    // Where the process has them, for health and metrics, and for clients of EventStoreDB.
    log::GroupHost* groups = nullptr;
    std::vector<const projections::Following*> workers = {};
    // Where histories are read here.
    const query::ReadingWatch* reading_watch = nullptr;
  };

  // Nothing is served to anybody who does not stand in the subscribers file. What the file and the
  // parts say when they cannot start.
  static absl::StatusOr<std::unique_ptr<Outside>> Open(const ServeOptions& options,
                                                       const Parts& parts);

  // The services for operators; `executor` must outlive them.
  void AddTo(std::vector<log::RpcService*>& services, rpc::Executor& executor);

  sharing::Sharing& sharing() { return *sharing_; }

  // Reads the subscribers file again: who stands there no more, or otherwise, is let go within a
  // second. What is wrong with it; then everything stays as it was.
  absl::Status Reload(const ServeOptions& options);

  // Where to call HTTP; empty when it is not served.
  std::string http_address() const { return gateway_ == nullptr ? "" : gateway_->address(); }
  // Where to ask for health and metrics; empty when that is not served.
  std::string operator_address() const {
    return gateway_ == nullptr ? "" : gateway_->operator_address();
  }
  // Where clients of EventStoreDB call; empty when it is not served.
  std::string esdb_address() const { return esdb_ == nullptr ? "" : esdb_->address(); }
  // What callers will refuse about the certificate; mostly empty.
  const std::string& tls_warning() const { return tls_warning_; }

 private:
  Outside(std::unique_ptr<sharing::Sharing> sharing, const std::string& relays, const Parts& parts);

  const std::unique_ptr<sharing::Sharing> sharing_;
  const sharing::SharingService sharing_service_;
  std::unique_ptr<sharing::SharingRpc> sharing_rpc_;
  // Webhooks and NATS.
  const relay::RelaySet relays_;
  relay::RelayService relay_service_;
  std::unique_ptr<relay::RelayRpc> relay_rpc_;
  std::unique_ptr<gateway::Gateway> gateway_;
  std::unique_ptr<esdb::EsdbServer> esdb_;
  std::string tls_warning_;
};

}  // namespace mlup::daemon
