// The event log as a gRPC service.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/executor.h"
#include "eventstore/log/event_log.h"
#include "eventstore/server/append_round.h"
#include "eventstore/server/append_sessions.h"
#include "eventstore/server/read_check.h"
#include "eventstore/server/rpc_service.h"

namespace mlup::log {

class SubscriptionHub;

// When a subscriber that has nothing to be told is told where it stands.
struct SubscriptionTimes {
  // After events that its filter passed over.
  absl::Duration checkpoint = absl::Seconds(1);
  // As a sign of life.
  absl::Duration idle = absl::Seconds(15);
};

// Serves one EventLog. All appends of a round of the queue are committed together, on its thread
// where nobody else commits; reads run on the service's own threads. When kAppendQueueMax calls
// wait, further ones get RESOURCE_EXHAUSTED QUEUE_FULL, and subscriptions past kSubscriptionsMax
// get RESOURCE_EXHAUSTED SUBSCRIPTIONS_FULL. A subscriber that reads slowly costs one batch of
// memory.
//
// Serve it with one RpcQueue. Borrows `log` and `clock`, which must outlive it. Call EndStreams()
// before grpc::Server::Shutdown(), and destroy server and queue before the service.
class EventStoreService final : public RpcService {
 public:
  // Callers append what `check` lets through, and read what `check_read` does; without one, all.
  EventStoreService(EventLog& log, const Clock& clock, EventCheck check, ReadCheck check_read = {})
      : EventStoreService(log, clock, check, std::move(check_read), SubscriptionTimes{}) {}
  EventStoreService(EventLog& log, const Clock& clock, EventCheck check, ReadCheck check_read,
                    SubscriptionTimes times);
  ~EventStoreService() override;

  // Ends all subscriptions and append sessions with UNAVAILABLE SHUTTING_DOWN and refuses new ones.
  // Unary calls go on.
  void EndStreams();

  void EndRound() override { round_.End(); }

 private:
  void ServeAppends();
  void ServeReads();
  template <typename Request>
  void Read(const std::string& method,
            std::function<absl::StatusOr<grpc::ByteBuffer>(const Request&)> read);

  EventLog& log_;
  const Clock& clock_;
  const EventCheck check_;
  const ReadCheck check_read_;
  AppendRound round_;
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<Executor> followers_;
  std::unique_ptr<SubscriptionHub> hub_;
  AppendSessions sessions_;
};

}  // namespace mlup::log
