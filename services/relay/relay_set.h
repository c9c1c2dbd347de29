// All relays of a process: one for each subscriber that has a webhook or a NATS stream.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "eventstore/base/files.h"
#include "mlup/sharing/v1/sharing.pb.h"
#include "services/relay/relay.h"

namespace mlup::relay {

// Runs each relay on a thread of its own from construction to destruction, which takes as long as
// the slowest turn, about a second. A relay that cannot begin is shown as stopped on the board,
// with words, and does not keep the others from beginning.
//
// Any thread. Borrows the parts and files; feeds must not outlive them. As many relays as
// subscribers.
class RelaySet {
 public:
  // State is kept in `<folder>/<subscriber id>`.
  RelaySet(const std::string& folder, Relay::Parts parts, Files& files);
  ~RelaySet();
  RelaySet(const RelaySet&) = delete;
  RelaySet& operator=(const RelaySet&) = delete;

  // NOT_FOUND SUBSCRIBER_UNKNOWN, RELAY_UNKNOWN; else why it could not begin.
  absl::StatusOr<Relay*> Find(std::string_view subscriber_id) const;

 private:
  struct Running {
    std::unique_ptr<Relay> relay;
    // Why it did not begin.
    absl::Status failure;
    // Stops before its relay goes.
    std::jthread thread;
  };

  absl::StatusOr<std::unique_ptr<Relay>> Make(const std::string& folder,
                                              const sharing::v1::Subscriber& subscriber,
                                              Files& files) const;

  const Relay::Parts parts_;
  std::map<std::string, Running, std::less<>> relays_;
};

}  // namespace mlup::relay
