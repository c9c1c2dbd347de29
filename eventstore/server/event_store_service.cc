#include "eventstore/server/event_store_service.h"

#include <utility>

#include "eventstore/base/executor.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/log/timestamp.h"
#include "eventstore/server/read_bytes.h"
#include "eventstore/server/subscription_hub.h"

namespace mlup::log {
namespace {

// Appends need none of these.
constexpr std::size_t kThreads = 8;
// Subscriptions have threads of their own: one that looks for the little that its filter selects
// never keeps an append waiting.
constexpr std::size_t kSubscriptionThreads = 8;

LogReading ReadingOf(const pb::ReadStreamRequest& request) {
  return {"mlup.log.v1.EventStore/ReadStream", request.stream(), pb::Filter::default_instance()};
}
LogReading ReadingOf(const pb::ReadAllRequest& request) {
  return {"mlup.log.v1.EventStore/ReadAll", "", request.filter()};
}

}  // namespace

EventStoreService::EventStoreService(EventLog& log, const Clock& clock, EventCheck check,
                                     ReadCheck check_read, SubscriptionTimes times)
    : RpcService("mlup.log.v1.EventStore"),
      log_(log),
      clock_(clock),
      check_(check),
      check_read_(std::move(check_read)),
      round_(log),
      executor_(
          std::make_unique<Executor>(Executor::Options{"mlup-log-rpc", kThreads, kAppendQueueMax})),
      followers_(std::make_unique<Executor>(
          Executor::Options{"mlup-subscribe", kSubscriptionThreads, kSubscriptionsMax})),
      hub_(std::make_unique<SubscriptionHub>(log, *followers_, clock, times)),
      sessions_(round_, check) {
  ServeAppends();
  ServeReads();
  ServerStream("Subscribe", [this](StreamCall& call) { return hub_->Open(call, check_read_); });
}

EventStoreService::~EventStoreService() = default;

void EventStoreService::EndStreams() {
  hub_->EndAll();
  sessions_.EndAll();
}

void EventStoreService::ServeAppends() {
  Unary<pb::AppendRequest>("Append", [this](UnaryCall& call, const pb::AppendRequest& request) {
    if (const absl::Status may = CheckAppender(request, check_); !may.ok()) {
      return call.Refuse(may);
    }
    const pb::AppendRequest* const one = &request;
    round_.Add({&one, 1}, [&call](AppendRound::Results results) { call.Finish(results[0]); });
  });
  BidiStream("AppendSession", [this](StreamCall& call) { return sessions_.Open(call); });
}

template <typename Request>
void EventStoreService::Read(const std::string& method,
                             std::function<absl::StatusOr<grpc::ByteBuffer>(const Request&)> read) {
  WatchedUnary<Request>(method,
                        [this, read = std::move(read)](UnaryCall& call, const Request& request) {
                          const bool queued = executor_->TryRun([this, &call, &request, &read] {
                            absl::Status may = call.StillWaits();
                            if (may.ok() && check_read_)
                              may = check_read_(call.admission(), ReadingOf(request));
                            may.ok() ? call.Finish(read(request)) : call.Refuse(may);
                          });
                          if (!queued) call.Refuse(QueueFull());
                        });
}

void EventStoreService::ServeReads() {
  Unary<pb::LookupRequest, pb::LookupResponse>(
      "Lookup", *executor_,
      [this](const pb::LookupRequest& request) { return log_.Lookup(request); });
  Read<pb::ReadStreamRequest>(
      "ReadStream",
      [this](const pb::ReadStreamRequest& request) -> absl::StatusOr<grpc::ByteBuffer> {
        ASSIGN_OR_RETURN(StoredStream page, log_.ReadStreamStored(request));
        return ToBytes(std::move(page));
      });
  Read<pb::ReadAllRequest>(
      "ReadAll", [this](const pb::ReadAllRequest& request) -> absl::StatusOr<grpc::ByteBuffer> {
        ASSIGN_OR_RETURN(StoredPage page, log_.ReadStored(request, true));
        return ToBytes(std::move(page));
      });
  Unary<pb::HeadRequest, pb::HeadResponse>(
      "Head", *executor_, [this](const pb::HeadRequest&) -> absl::StatusOr<pb::HeadResponse> {
        ASSIGN_OR_RETURN(const Position head, log_.Head());
        pb::HeadResponse response;
        response.set_position(head.value);
        *response.mutable_now() = ToTimestamp(clock_.Now());
        return response;
      });
}

}  // namespace mlup::log
