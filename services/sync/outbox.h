// What a device sent, as far as it is settled: a stream of its own in the log.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "mlup/sync/v1/sync_service.pb.h"
#include "services/privacy/keyring.h"

namespace mlup::sync {

// A device of one account.
struct Device {
  std::string actor_id;
  std::string name;
};

// `device/<uuid>`: the UUID follows from the two, so that whoever knows them finds it. Pure.
std::string StreamOf(const Device& device);

// Any thread. Borrows everything it is built from. Where others append between, the log says
// VERSION_MISMATCH.
class Outbox {
 public:
  struct Parts {
    log::EventLog& log;
    const privacy::Keyring& keyring;
    const Clock& clock;
    Random& random;
  };
  using Settled = v1::ItemsSettled::Item;
  struct State {
    Revision revision;
    // The first that is not settled.
    std::uint64_t next_sequence = 1;
    // Those from the lowest that was asked for on.
    std::map<std::uint64_t, Settled> settled = {};
  };

  explicit Outbox(const Parts& parts) : parts_(parts) {}

  // What is settled, with the items from `lowest` on. Reads as far back as these stand.
  absl::StatusOr<State> Read(const Device& device, std::uint64_t lowest) const;

  // Appends what was settled when the stream was at `revision`.
  absl::Status Settle(const Device& device, Revision revision, v1::ItemsSettled settled) const;

  // What was refused after the position, in order; the last kRefusedMax.
  absl::StatusOr<std::vector<v1::RefusedItem>> RefusedSince(const Device& device,
                                                            Position since) const;

  // How far the device knew the stream when it made the request of this digest; 0 where it is not
  // among its latest.
  absl::StatusOr<std::uint64_t> BaseOf(const Device& device, std::string_view request_digest,
                                       std::string_view stream) const;

  static constexpr std::size_t kRefusedMax = 256;

 private:
  const Parts parts_;
};

}  // namespace mlup::sync
