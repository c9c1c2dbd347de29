#include "eventstore/client/grpc_event_log.h"

#include <algorithm>
#include <utility>

#include <grpc/support/time.h>
#include <grpcpp/client_context.h>

#include "eventstore/base/status.h"
#include "eventstore/client/grpc_status.h"
#include "eventstore/log/append_rules.h"

namespace mlup::log {
namespace {

// A larger append goes by itself.
constexpr std::size_t kSessionAppendBytes = 512 << 10;

// A time span, which gRPC adds to its own monotonic clock: steps of the system's clock do not
// matter.
gpr_timespec After(absl::Duration timeout) {
  timeout = std::clamp(timeout, absl::ZeroDuration(), absl::Hours(1));
  return gpr_time_from_millis(absl::ToInt64Milliseconds(timeout), GPR_TIMESPAN);
}

// One call of `method` on `stub`.
template <typename Request, typename Response>
absl::StatusOr<Response> Call(pb::EventStore::Stub& stub,
                              grpc::Status (pb::EventStore::Stub::*method)(grpc::ClientContext*,
                                                                           const Request&,
                                                                           Response*),
                              const Request& request, absl::Duration timeout) {
  grpc::ClientContext context;
  context.set_deadline(After(timeout));
  Response response;
  RETURN_IF_ERROR(FromGrpc((stub.*method)(&context, request, &response)));
  return response;
}

// How far the log is known to reach from one message of a subscription.
Position Reached(const pb::SubscribeResponse& message) {
  switch (message.kind_case()) {
    case pb::SubscribeResponse::kBatch:
      return {message.batch().records().empty() ? 0
                                                : message.batch().records().rbegin()->position()};
    case pb::SubscribeResponse::kCheckpoint:
      return {message.checkpoint().position()};
    case pb::SubscribeResponse::kCaughtUp:
      return {message.caught_up().position()};
    case pb::SubscribeResponse::KIND_NOT_SET:
      break;
  }
  return {};
}

}  // namespace

GrpcEventLog::GrpcEventLog(std::shared_ptr<grpc::Channel> channel, Options options)
    : options_(options),
      stub_(pb::EventStore::NewStub(std::move(channel))),
      session_(*stub_, options_.call_timeout) {}

absl::StatusOr<pb::AppendResponse> GrpcEventLog::Append(const pb::AppendRequest& request) {
  // Checked here too, so that an append too large for one message is refused with the same words.
  RETURN_IF_ERROR(CheckAppend(request));
  if (request.ByteSizeLong() <= kSessionAppendBytes) return session_.Append(request);
  return Call(*stub_, &pb::EventStore::Stub::Append, request, options_.call_timeout);
}

absl::StatusOr<pb::LookupResponse> GrpcEventLog::Lookup(const pb::LookupRequest& request) {
  return Call(*stub_, &pb::EventStore::Stub::Lookup, request, options_.call_timeout);
}

absl::StatusOr<pb::ReadStreamResponse> GrpcEventLog::ReadStream(
    const pb::ReadStreamRequest& request) {
  return Call(*stub_, &pb::EventStore::Stub::ReadStream, request, options_.call_timeout);
}

absl::StatusOr<pb::ReadAllResponse> GrpcEventLog::ReadAll(const pb::ReadAllRequest& request) {
  return Call(*stub_, &pb::EventStore::Stub::ReadAll, request, options_.call_timeout);
}

absl::StatusOr<Position> GrpcEventLog::Head() {
  ASSIGN_OR_RETURN(const pb::HeadResponse response, Call(*stub_, &pb::EventStore::Stub::Head,
                                                         pb::HeadRequest(), options_.call_timeout));
  return Position{response.position()};
}

absl::StatusOr<Position> GrpcEventLog::WaitPast(Position position, absl::Duration timeout) {
  ASSIGN_OR_RETURN(const Position head, Head());
  if (head > position || timeout <= absl::ZeroDuration()) return head;

  // Following from the head tells of the next event as soon as it is durable.
  grpc::ClientContext context;
  context.set_deadline(After(timeout));
  pb::SubscribeRequest request;
  request.set_after_position(head.value);
  request.set_include_system(true);
  const auto stream = stub_->Subscribe(&context, request);
  pb::SubscribeResponse message;
  Position reached = head;
  while (reached <= position && stream->Read(&message))
    reached = std::max(reached, Reached(message));
  context.TryCancel();
  const grpc::Status status = stream->Finish();
  if (reached > position || status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED)
    return reached;
  RETURN_IF_ERROR(FromGrpc(status));
  return reached;
}

}  // namespace mlup::log
