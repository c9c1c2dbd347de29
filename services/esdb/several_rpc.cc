// Turns records into events, and what became of them into answers.
#include "services/esdb/several_rpc.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/uuid.h"
#include "kurrentdb/protocol/v2/streams/errors.pb.h"
#include "services/esdb/append_requests.h"
#include "services/esdb/names.h"

namespace mlup::esdb {
namespace {

using Order = SeveralAppends::Order;
using SeveralResult = SeveralAppends::Result;

std::int64_t NumberOf(const std::optional<std::uint64_t>& revision) {
  return revision.has_value() ? static_cast<std::int64_t>(*revision) : -1;
}

std::int64_t NumberOf(const Expected& expected) {
  switch (expected.kind) {
    case Expected::Kind::kNoStream:
      return -1;
    case Expected::Kind::kAny:
      return -2;
    case Expected::Kind::kStreamExists:
      return -4;
    case Expected::Kind::kRevision:
      break;
  }
  return static_cast<std::int64_t>(expected.revision);
}

absl::Status TooLarge(std::size_t bytes) {
  v2::errors::AppendTransactionSizeExceededErrorDetails details;
  details.set_size(static_cast<std::int32_t>(std::min<std::size_t>(bytes, 0x7fffffff)));
  details.set_max_size(static_cast<std::int32_t>(kEsdbAppendBytesMax));
  return Detailed(absl::StatusCode::kAborted,
                  absl::StrCat("an append is at most ", kAppendEventsMax, " records and ",
                               kEsdbAppendBytesMax, " bytes of content"),
                  details);
}

absl::Status Tombstoned(const std::string& stream) {
  v2::errors::StreamTombstonedErrorDetails details;
  details.set_stream(stream);
  return Detailed(absl::StatusCode::kFailedPrecondition,
                  "the stream is tombstoned: its name cannot be used again", details);
}

// What of it is told as the second version tells it.
absl::Status ToVersion2(const absl::Status& status, std::size_t bytes) {
  return ExceptionOf(status) == "maximum-append-size-exceeded" ? TooLarge(bytes) : status;
}

// One record after the other.
class Builder {
 public:
  Builder(const CallParts& parts, Author author) : parts_(parts) {
    order_.author = std::move(author);
  }

  absl::Status Add(const std::string& stream, const v2::AppendRecord& record) {
    ASSIGN_OR_RETURN(Name name, ParseName(stream));
    if (record.data().size() > kEsdbAppendBytesMax) return RecordTooLarge(stream, record);
    ASSIGN_OR_RETURN(const auto proposed,
                     ToProposed(record, NewUuid(parts_.read_parts.clock, parts_.random)));
    ASSIGN_OR_RETURN(log::pb::Event event, ToEvent(proposed, order_.author));
    bytes_ += ContentBytes(event);
    ++events_;
    if (!CheckSize(events_, bytes_).ok()) return TooLarge(bytes_);
    if (order_.parts.empty() || order_.parts.back().name.stream != name.stream) {
      order_.parts.push_back({std::move(name), {}});
    }
    order_.parts.back().events.push_back(std::move(event));
    return absl::OkStatus();
  }

  absl::Status Check(const std::string& stream, std::int64_t expected) {
    ASSIGN_OR_RETURN(Name name, ParseName(stream));
    ASSIGN_OR_RETURN(const Expected read, ExpectedOf(expected));
    order_.checks.push_back({std::move(name), read});
    return absl::OkStatus();
  }

  // Its violations, tombstones and sizes as errors are told by `conflict`.
  template <typename Conflict>
  absl::StatusOr<SeveralResult> Run(Conflict conflict) {
    absl::StatusOr<SeveralResult> result = parts_.several.Append(order_);
    if (!result.ok()) return ToVersion2(result.status(), bytes_);
    if (result->tombstoned.has_value()) return Tombstoned(*result->tombstoned);
    if (!result->violations.empty()) return conflict(order_, *result);
    return result;
  }

 private:
  static absl::Status RecordTooLarge(const std::string& stream, const v2::AppendRecord& record) {
    v2::errors::AppendRecordSizeExceededErrorDetails details;
    details.set_stream(stream);
    details.set_record_id(record.record_id());
    details.set_size(static_cast<std::int32_t>(record.data().size()));
    details.set_max_size(static_cast<std::int32_t>(kEsdbAppendBytesMax));
    return Detailed(absl::StatusCode::kInvalidArgument,
                    absl::StrCat("a record is at most ", kEsdbAppendBytesMax, " bytes"), details);
  }

  const CallParts& parts_;
  Order order_;
  std::size_t bytes_ = 0;
  std::size_t events_ = 0;
};

// A session states one expectation a stream.
absl::Status RevisionConflict(const Order& order, const SeveralResult& result) {
  const SeveralAppends::Violation& violation = result.violations.front();
  const SeveralAppends::Check& check = order.checks[violation.check];
  v2::errors::StreamRevisionConflictErrorDetails details;
  details.set_stream(check.name.client);
  details.set_expected_revision(NumberOf(check.expected));
  details.set_actual_revision(NumberOf(violation.last_revision));
  return Detailed(absl::StatusCode::kFailedPrecondition,
                  "a stream is not at the expected revision: read it again", details);
}

absl::Status ChecksFailed(const Order& order, const SeveralResult& result) {
  v2::errors::AppendConsistencyViolationErrorDetails details;
  for (const SeveralAppends::Violation& violation : result.violations) {
    const SeveralAppends::Check& check = order.checks[violation.check];
    auto& told = *details.add_violations();
    told.set_check_index(static_cast<std::int32_t>(violation.check));
    told.mutable_stream_state()->set_stream(check.name.client);
    told.mutable_stream_state()->set_expected_state(NumberOf(check.expected));
    told.mutable_stream_state()->set_actual_state(NumberOf(violation.last_revision));
  }
  return Detailed(absl::StatusCode::kFailedPrecondition,
                  "checks do not hold: read their streams again", details);
}

absl::Status RunSession(const CallParts& parts, const Caller& caller,
                        const std::vector<v2::AppendRequest>& requests,
                        v2::AppendSessionResponse& response) {
  RETURN_IF_ERROR(caller.CheckAppends());
  Builder builder(parts, caller.author);
  std::set<std::string> streams;
  for (const v2::AppendRequest& request : requests) {
    if (!streams.insert(request.stream()).second) {
      v2::errors::StreamAlreadyInAppendSessionErrorDetails details;
      details.set_stream(request.stream());
      return Detailed(absl::StatusCode::kAborted, "a session names a stream once", details);
    }
    for (const v2::AppendRecord& record : request.records()) {
      RETURN_IF_ERROR(builder.Add(request.stream(), record));
    }
    if (request.has_expected_revision()) {
      RETURN_IF_ERROR(builder.Check(request.stream(), request.expected_revision()));
    }
  }
  ASSIGN_OR_RETURN(const SeveralResult result, builder.Run(RevisionConflict));
  for (const SeveralAppends::Stream& stream : result.streams) {
    auto& output = *response.add_output();
    output.set_stream(stream.client);
    output.set_stream_revision(static_cast<std::int64_t>(stream.last_revision));
    output.set_position(static_cast<std::int64_t>(stream.position.value));
  }
  response.set_position(static_cast<std::int64_t>(result.position.value));
  return absl::OkStatus();
}

absl::Status RunRecords(const CallParts& parts, const grpc::CallbackServerContext& context,
                        const v2::AppendRecordsRequest& request,
                        v2::AppendRecordsResponse& response) {
  ASSIGN_OR_RETURN(const Caller caller, CallerOf(parts, context));
  RETURN_IF_ERROR(caller.CheckAppends());
  Builder builder(parts, caller.author);
  for (const v2::AppendRecord& record : request.records()) {
    RETURN_IF_ERROR(builder.Add(record.stream(), record));
  }
  for (const v2::ConsistencyCheck& check : request.checks()) {
    RETURN_IF_ERROR(
        builder.Check(check.stream_state().stream(), check.stream_state().expected_state()));
  }
  ASSIGN_OR_RETURN(const SeveralResult result, builder.Run(ChecksFailed));
  for (const SeveralAppends::Stream& stream : result.streams) {
    auto& revision = *response.add_revisions();
    revision.set_stream(stream.client);
    revision.set_revision(static_cast<std::int64_t>(stream.last_revision));
  }
  response.set_position(static_cast<std::int64_t>(result.position.value));
  return absl::OkStatus();
}

// Collects what arrives, then appends it. Deletes itself when gRPC is done with it.
class SessionCall final : public grpc::ServerReadReactor<v2::AppendRequest> {
 public:
  SessionCall(const CallParts& parts, grpc::CallbackServerContext* context,
              v2::AppendSessionResponse* response)
      : parts_(parts),
        context_(*context),
        response_(*response),
        caller_(CallerOf(parts, *context)),
        pass_(parts.gate) {
    if (caller_.ok()) held_.emplace(parts.bytes_written, caller_->author.subscriber_id);
    pass_.admitted() ? StartRead(&request_) : Finish(ToClient(ShuttingDown(), context_));
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      const bool queued = parts_.appends.TryRun([this] { Finish(ToClient(Run(), context_)); });
      if (!queued) Finish(ToClient(TooManyCalls(), context_));
      return;
    }
    const std::size_t bytes = request_.ByteSizeLong();
    if (!held_.has_value() || !held_->Take(bytes)) {
      return Finish(ToClient(held_.has_value() ? TooManyBytes() : caller_.status(), context_));
    }
    bytes_ += bytes;
    requests_.push_back(std::move(request_));
    if (bytes_ > kAppendBytesMax || requests_.size() > kAppendStreamsMax / 2) {
      return Finish(ToClient(TooLarge(bytes_), context_));
    }
    request_.Clear();
    StartRead(&request_);
  }
  void OnDone() override { delete this; }

 private:
  absl::Status Run() {
    // A broken call looks like one that is complete.
    if (context_.IsCancelled()) return absl::CancelledError("the caller has left");
    RETURN_IF_ERROR(caller_.status());
    return RunSession(parts_, *caller_, requests_, response_);
  }

  const CallParts& parts_;
  grpc::CallbackServerContext& context_;
  v2::AppendSessionResponse& response_;
  const absl::StatusOr<Caller> caller_;
  // None where nobody calls.
  std::optional<Holding> held_;
  v2::AppendRequest request_;
  std::vector<v2::AppendRequest> requests_;
  std::size_t bytes_ = 0;
  const log::CallGate::Pass pass_;
};

}  // namespace

grpc::ServerReadReactor<v2::AppendRequest>* StreamsOfVersion2Rpc::AppendSession(
    grpc::CallbackServerContext* context, v2::AppendSessionResponse* response) {
  return new SessionCall(parts_, context, response);
}

grpc::ServerUnaryReactor* StreamsOfVersion2Rpc::AppendRecords(
    grpc::CallbackServerContext* context, const v2::AppendRecordsRequest* request,
    v2::AppendRecordsResponse* response) {
  return Answer(context, parts_.gate, parts_.appends, [this, context, request, response] {
    return RunRecords(parts_, *context, *request, *response);
  });
}

}  // namespace mlup::esdb
