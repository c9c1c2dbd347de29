// What moves and what does not, for people and for Prometheus.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "eventstore/base/clock.h"
#include "eventstore/base/status.h"
#include "eventstore/bus/group_host.h"
#include "eventstore/log/event_log.h"
#include "projections/following.h"
#include "services/gateway/http_message.h"
#include "services/sharing/sharing.h"

namespace mlup::gateway {

// Any thread. Borrows everything.
class Health {
 public:
  struct Parts {
    sharing::Sharing& sharing;
    log::EventLog& log;
    const Clock& clock;
    // Null where the log is in another process.
    log::GroupHost* groups = nullptr;
    // Read models of this process.
    std::vector<const projections::Following*> workers = {};
    // How many alarms about readings were raised, by kind; empty where nothing is read here.
    std::function<std::map<std::string, std::uint64_t>()> reading_alarms = {};
  };

  explicit Health(const Parts& parts) : parts_(parts) {}

  // `{"status":"ok"|"attention"}`: for strangers, who learn nothing of anybody.
  absl::StatusOr<std::string> StatusJson() const;

  // `{"status":"ok"|"attention","head":…,"not_moving":[{"kind","name","state","because","lag",
  // "last_progress"}],…}`: `not_moving` names everything that is stopped, retries, holds dead
  // letters, or has not moved for a minute although there is something for it. UNAVAILABLE when the
  // log does not answer.
  absl::StatusOr<std::string> Json() const;

  // Prometheus text format 0.0.4.
  absl::StatusOr<std::string> Metrics(const HttpCounts& http) const;

 private:
  const Parts parts_;
};

}  // namespace mlup::gateway
