#include "services/mlupd/log_access.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/clock_rules.h"
#include "eventstore/base/diagnostics.h"
#include "eventstore/base/files.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/client/bearer.h"
#include "eventstore/log/rocks_event_log.h"

namespace mlup::daemon {
namespace {

// How long the process that plays the role log may take to start.
constexpr absl::Duration kLogWait = absl::Seconds(10);

// The two copies may differ now: only a new start can tell and repair it.
[[noreturn]] void EndProcess(const absl::Status& status) {
  Tell(absl::StrCat("mlupd: ", ErrorReason(status), ": ", status.message(),
                    "; stopping, the next start verifies and repairs the log"));
  std::_Exit(1);
}

}  // namespace

absl::StatusOr<std::unique_ptr<log::EventLog>> OpenLog(const ServeOptions& options,
                                                       const Clock& clock) {
  log::RocksEventLog::Options wanted{.path = options.data + "/log",
                                     .journal = options.journal,
                                     .wait_for_both_copies = options.wait_for_both_copies,
                                     .cache_bytes = options.cache_mib << 20,
                                     .on_failure = EndProcess};
  if (options.accept_loss_after.has_value()) {
    wanted.accept_loss_after = Position{*options.accept_loss_after};
  }
  ASSIGN_OR_RETURN(std::unique_ptr<log::RocksEventLog> log,
                   log::RocksEventLog::Open(wanted, clock));
  if (log->last_recorded_at().has_value()) {
    RETURN_IF_ERROR(CheckClock(clock.Now(), *log->last_recorded_at(), options.accept_clock));
  }
  const log::Repair repair = log->verdict().repair;
  if (repair != log::Repair::kNone && repair != log::Repair::kFresh) {
    Tell(absl::StrCat("mlupd: ", log->verdict().words));
    // What is derived from the log is derived again, all of it, from what was repaired.
    RETURN_IF_ERROR(SystemFiles().RemoveTree(options.data + "/proofs"));
  }
  return log;
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> ConnectLog(const std::string& address,
                                                          const std::string& token,
                                                          const Clock& clock) {
  grpc::ChannelArguments arguments;
  // The log is on this machine; a proxy of the environment is not meant for it.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetMaxReceiveMessageSize(static_cast<int>(kMessageSendMax));
  std::shared_ptr<grpc::Channel> channel =
      log::ConnectAs(address, arguments, [token] { return token; });
  if (!channel->WaitForConnected(absl::ToChronoTime(clock.Now() + kLogWait))) {
    return Error(absl::StatusCode::kUnavailable, "LOG_UNREACHABLE",
                 absl::StrCat("no answer from the log at ", address));
  }
  return channel;
}

}  // namespace mlup::daemon
