#include "eventstore/client/grpc_event_log.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <grpc/support/time.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>

#include "eventstore/base/check.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/client/grpc_bytes.h"
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

bool FitsSession(const pb::AppendRequest& request) {
  return request.ByteSizeLong() <= kSessionAppendBytes;
}

// Whether the append may be sent beside others that write or check `streams`, where its own are
// added.
bool Takes(const pb::AppendRequest& request, std::unordered_set<std::string_view>& streams) {
  if (!FitsSession(request) || !CheckAppend(request).ok()) return false;
  for (const pb::StreamWrite& write : request.writes()) {
    if (streams.contains(write.stream())) return false;
  }
  for (const pb::StreamWrite& write : request.writes()) streams.insert(write.stream());
  return true;
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
      stub_(pb::EventStore::NewStub(channel)),
      bytes_stub_(channel),
      session_(std::move(channel), options_.call_timeout) {}

absl::StatusOr<pb::AppendResponse> GrpcEventLog::Append(const pb::AppendRequest& request) {
  // Checked here too, so that an append too large for one message is refused with the same words.
  RETURN_IF_ERROR(CheckAppend(request));
  if (FitsSession(request)) return AppendAll({&request}).front();
  return Call(*stub_, &pb::EventStore::Stub::Append, request, options_.call_timeout);
}

void GrpcEventLog::AppendLater(const std::vector<const pb::AppendRequest*>& requests,
                               std::function<void(AppendResults)> done) {
  const bool fit =
      !requests.empty() && std::all_of(requests.begin(), requests.end(), [](const auto* request) {
        return FitsSession(*request) && CheckAppend(*request).ok();
      });
  if (fit) return session_.AppendLater(requests, std::move(done));
  EventLog::AppendLater(requests, std::move(done));
}

GrpcEventLog::AppendResults GrpcEventLog::AppendAll(
    const std::vector<const pb::AppendRequest*>& requests) {
  // Shared with who answers, which may be busy with it for a moment longer than we wait.
  struct Answer {
    Mutex mutex;
    Condition told;
    std::optional<AppendResults> results ABSL_GUARDED_BY(mutex);
  };
  const auto answer = std::make_shared<Answer>();
  session_.AppendLater(requests, [answer](AppendResults results) {
    {
      MutexLock lock(answer->mutex);
      answer->results = std::move(results);
    }
    answer->told.NotifyOne();
  });
  MutexLock lock(answer->mutex);
  while (!answer->results) answer->told.Wait(answer->mutex);
  return *std::move(answer->results);
}

GrpcEventLog::AppendResults GrpcEventLog::AppendEach(
    const std::vector<pb::AppendRequest>& requests) {
  AppendResults results;
  LostWrites lost;
  while (results.size() < requests.size()) {
    const std::size_t from = results.size();
    std::vector<const pb::AppendRequest*> together;
    std::unordered_set<std::string_view> streams;
    for (std::size_t i = from; i < requests.size(); ++i) {
      if (!Takes(requests[i], streams) || !lost.Check(requests[i]).ok()) break;
      together.push_back(&requests[i]);
    }
    if (together.empty()) {
      const absl::Status rests = lost.Check(requests[from]);
      results.push_back(rests.ok() ? Append(requests[from]) : ReplayOr(requests[from], rests));
    } else {
      for (auto& result : AppendAll(together)) results.push_back(std::move(result));
    }
    for (std::size_t i = from; i < results.size(); ++i) {
      if (!results[i].ok()) lost.Add(requests[i]);
    }
  }
  return results;
}

absl::StatusOr<pb::AppendResponse> GrpcEventLog::ReplayOr(const pb::AppendRequest& request,
                                                          const absl::Status& lost) {
  pb::LookupRequest lookup;
  *lookup.mutable_key() = request.key();
  lookup.set_request_digest(request.request_digest());
  ASSIGN_OR_RETURN(pb::LookupResponse earlier, Lookup(lookup));
  if (!earlier.found()) return lost;
  return std::move(*earlier.mutable_result());
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

absl::StatusOr<StoredPage> GrpcEventLog::ReadStored(const pb::ReadAllRequest& request,
                                                    bool with_system) {
  grpc::ClientContext context;
  context.set_deadline(After(options_.call_timeout));
  grpc::CompletionQueue queue;
  const auto call =
      bytes_stub_.PrepareUnaryCall(&context, "/mlup.log.v1.EventStore/ReadAll", request, &queue);
  grpc::ByteBuffer response;
  grpc::Status status;
  call->StartCall();
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool finished = false;
  CHECK(queue.Next(&tag, &finished) && finished);
  RETURN_IF_ERROR(FromGrpc(status));
  std::optional<StoredPage> page = ParsePage(Joined(response), with_system);
  if (page.has_value()) return *std::move(page);
  return Error(absl::StatusCode::kInternal, "MESSAGE_INVALID", "the answer is no page of the log");
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
