#include "eventstore/server/event_store_service.h"

#include <utility>

#include "eventstore/base/executor.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/client/grpc_status.h"
#include "eventstore/log/timestamp.h"
#include "eventstore/server/subscription_hub.h"
#include "eventstore/server/unary.h"

namespace mlup::log {
namespace {

// Appends need none of these.
constexpr std::size_t kThreads = 8;
// Subscriptions have threads of their own: one that looks for the little that its filter selects
// never keeps an append waiting.
constexpr std::size_t kSubscriptionThreads = 8;

}  // namespace

EventStoreService::EventStoreService(EventLog& log, const Clock& clock, SubscriptionTimes times)
    : log_(log),
      clock_(clock),
      executor_(
          std::make_unique<Executor>(Executor::Options{"mlup-log-rpc", kThreads, kAppendQueueMax})),
      followers_(std::make_unique<Executor>(
          Executor::Options{"mlup-subscribe", kSubscriptionThreads, kSubscriptionsMax})),
      hub_(std::make_unique<SubscriptionHub>(log, *followers_, clock, times)),
      sessions_(log) {}

EventStoreService::~EventStoreService() = default;

void EventStoreService::EndStreams() {
  hub_->EndAll();
  sessions_.EndAll();
}

grpc::ServerUnaryReactor* EventStoreService::Append(grpc::CallbackServerContext* context,
                                                    const pb::AppendRequest* request,
                                                    pb::AppendResponse* response) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  if (const absl::Status may = CheckAppender(*request); !may.ok()) {
    reactor->Finish(ToGrpc(may));
    return reactor;
  }
  log_.AppendLater({request}, [reactor, response](auto results) {
    reactor->Finish(ToGrpc(Answer(std::move(results.front()), *response)));
  });
  return reactor;
}

grpc::ServerBidiReactor<pb::AppendSessionRequest, pb::AppendSessionResponse>*
EventStoreService::AppendSession(grpc::CallbackServerContext* /*context*/) {
  return sessions_.Open();
}

grpc::ServerUnaryReactor* EventStoreService::Lookup(grpc::CallbackServerContext* context,
                                                    const pb::LookupRequest* request,
                                                    pb::LookupResponse* response) {
  return ServeUnary(*context, *executor_,
                    [this, request, response] { return Answer(log_.Lookup(*request), *response); });
}

grpc::ServerUnaryReactor* EventStoreService::ReadStream(grpc::CallbackServerContext* context,
                                                        const pb::ReadStreamRequest* request,
                                                        pb::ReadStreamResponse* response) {
  return ServeUnary(*context, *executor_, [this, request, response] {
    return Answer(log_.ReadStream(*request), *response);
  });
}

grpc::ServerUnaryReactor* EventStoreService::ReadAll(grpc::CallbackServerContext* context,
                                                     const pb::ReadAllRequest* request,
                                                     pb::ReadAllResponse* response) {
  return ServeUnary(*context, *executor_, [this, request, response] {
    return Answer(log_.ReadAll(*request), *response);
  });
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* EventStoreService::Subscribe(
    grpc::CallbackServerContext* /*context*/, const grpc::ByteBuffer* request) {
  return hub_->Open(*request);
}

grpc::ServerUnaryReactor* EventStoreService::Head(grpc::CallbackServerContext* context,
                                                  const pb::HeadRequest* /*request*/,
                                                  pb::HeadResponse* response) {
  return ServeUnary(*context, *executor_, [this, response]() -> absl::Status {
    ASSIGN_OR_RETURN(const Position head, log_.Head());
    response->set_position(head.value);
    *response->mutable_now() = ToTimestamp(clock_.Now());
    return absl::OkStatus();
  });
}

}  // namespace mlup::log
