// The log: opened here, or in another process.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include <grpcpp/channel.h>

#include "eventstore/base/clock.h"
#include "eventstore/log/event_log.h"
#include "services/mlupd/options.h"

namespace mlup::daemon {

// Opens or makes the log of the role `log`. What was repaired is told on standard error. A copy
// that fails while it runs ends the process: only a new start can tell and repair it.
absl::StatusOr<std::unique_ptr<log::EventLog>> OpenLog(const ServeOptions& options,
                                                       const Clock& clock);

// A channel to the process that plays the role `log`, once it answers; calls have `token`.
// UNAVAILABLE LOG_UNREACHABLE after ten seconds.
absl::StatusOr<std::shared_ptr<grpc::Channel>> ConnectLog(const std::string& address,
                                                          const std::string& token,
                                                          const Clock& clock);

}  // namespace mlup::daemon
