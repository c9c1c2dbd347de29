// The HTTP face, for the daemon.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "eventstore/base/mutex.h"
#include "eventstore/base/random.h"
#include "services/gateway/api.h"
#include "services/gateway/http_server.h"

namespace mlup::gateway {

// Serves subscribers over HTTP from Start() until it is destroyed, and wakes their streams when the
// log grows.
//
// One thread starts and ends it. Owns its threads; borrows what it is made of.
class Gateway {
 public:
  struct Parts {
    sharing::Sharing& sharing;
    log::EventLog& log;
    const Clock& clock;
    Random& random;
    // As in Health::Parts.
    log::GroupHost* groups = nullptr;
    std::vector<const projections::Following*> workers = {};
    std::function<std::map<std::string, std::uint64_t>()> reading_alarms = {};
  };

  // As in HttpServer::Options.
  struct Options {
    std::string address;
    std::optional<tls::TlsIdentity> tls = {};
    // Where whoever runs the machine asks for health and metrics, in the clear on this machine;
    // nowhere when empty. However many subscribers there are, it answers.
    std::string operator_address = {};
  };

  // The errors of HttpServer::Start().
  static absl::StatusOr<std::unique_ptr<Gateway>> Start(Options options, const Parts& parts);

  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  // The address with the port it has.
  const std::string& address() const { return server_->address(); }
  // Empty where it has none.
  std::string operator_address() const {
    return operator_server_ == nullptr ? "" : operator_server_->address();
  }

 private:
  explicit Gateway(const Parts& parts);

  void Watch(const std::stop_token& stop);

  log::EventLog& log_;
  const Inbound inbound_;
  const Health health_;
  Readers readers_;
  const Api api_;
  std::unique_ptr<HttpServer> server_;
  // Asks the one before it for its counts.
  std::unique_ptr<HttpServer> operator_server_;
  Mutex mutex_;
  Condition stopping_;
  // Stops before the server that it wakes.
  std::jthread watcher_;
};

}  // namespace mlup::gateway
