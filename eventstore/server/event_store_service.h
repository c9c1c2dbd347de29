// The event log as a gRPC service.
#pragma once

#include <memory>

#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/executor.h"
#include "eventstore/log/event_log.h"
#include "eventstore/server/append_sessions.h"
#include "mlup/log/v1/event_store.grpc.pb.h"

namespace mlup::log {

class SubscriptionHub;

// When a subscriber that has nothing to be told is told where it stands.
struct SubscriptionTimes {
  // After events that its filter passed over.
  absl::Duration checkpoint = absl::Seconds(1);
  // As a sign of life.
  absl::Duration idle = absl::Seconds(15);
};

// The messages of Subscribe are written as bytes that many followers share.
using SubscribeInBytes =
    pb::EventStore::WithCallbackMethod_Append<pb::EventStore::WithCallbackMethod_AppendSession<
        pb::EventStore::WithCallbackMethod_Lookup<pb::EventStore::WithCallbackMethod_ReadStream<
            pb::EventStore::WithCallbackMethod_ReadAll<pb::EventStore::WithCallbackMethod_Head<
                pb::EventStore::WithRawCallbackMethod_Subscribe<pb::EventStore::Service>>>>>>>;

// Serves one EventLog. Reads run on the service's own threads; an append holds none while it waits.
// When kAppendQueueMax calls wait, further ones get RESOURCE_EXHAUSTED QUEUE_FULL, and
// subscriptions past kSubscriptionsMax get RESOURCE_EXHAUSTED SUBSCRIPTIONS_FULL. A subscriber that
// reads slowly costs one batch of memory.
//
// Register it with one grpc::Server. Borrows `log` and `clock`, which must outlive it. Call
// EndStreams() before grpc::Server::Shutdown(), and destroy the server before the service.
class EventStoreService final : public SubscribeInBytes {
 public:
  EventStoreService(EventLog& log, const Clock& clock)
      : EventStoreService(log, clock, SubscriptionTimes{}) {}
  EventStoreService(EventLog& log, const Clock& clock, SubscriptionTimes times);
  ~EventStoreService() override;

  // Ends all subscriptions and append sessions with UNAVAILABLE SHUTTING_DOWN and refuses new ones.
  // Unary calls go on.
  void EndStreams();

  grpc::ServerUnaryReactor* Append(grpc::CallbackServerContext* context,
                                   const pb::AppendRequest* request,
                                   pb::AppendResponse* response) override;
  grpc::ServerBidiReactor<pb::AppendSessionRequest, pb::AppendSessionResponse>* AppendSession(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* Lookup(grpc::CallbackServerContext* context,
                                   const pb::LookupRequest* request,
                                   pb::LookupResponse* response) override;
  grpc::ServerUnaryReactor* ReadStream(grpc::CallbackServerContext* context,
                                       const pb::ReadStreamRequest* request,
                                       pb::ReadStreamResponse* response) override;
  grpc::ServerUnaryReactor* ReadAll(grpc::CallbackServerContext* context,
                                    const pb::ReadAllRequest* request,
                                    pb::ReadAllResponse* response) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Subscribe(grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request) override;
  grpc::ServerUnaryReactor* Head(grpc::CallbackServerContext* context,
                                 const pb::HeadRequest* request,
                                 pb::HeadResponse* response) override;

 private:
  EventLog& log_;
  const Clock& clock_;
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<Executor> followers_;
  std::unique_ptr<SubscriptionHub> hub_;
  AppendSessions sessions_;
};

}  // namespace mlup::log
