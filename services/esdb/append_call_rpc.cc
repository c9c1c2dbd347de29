#include "services/esdb/append_call_rpc.h"

#include <utility>

#include "eventstore/base/limits.h"
#include "services/esdb/append_requests.h"

namespace mlup::esdb {
namespace {

using pb::streams::AppendReq;
using pb::streams::BatchAppendReq;

absl::StatusOr<Expected> AtRevision(std::uint64_t revision) {
  if (revision < kDeletedRevision) return Expected{Expected::Kind::kRevision, revision};
  return Error(absl::StatusCode::kInvalidArgument, "REVISION_INVALID",
               "an expected revision is below 9223372036854775807");
}

// As the servers of these clients count: data, metadata and types, not what carries them.
std::size_t BytesOf(const AppendReq::ProposedMessage& message) {
  std::size_t bytes = message.data().size() + message.custom_metadata().size();
  for (const auto& [key, value] : message.metadata()) bytes += value.size();
  return bytes;
}

}  // namespace

absl::StatusOr<Expected> ExpectedOf(const AppendReq::Options& options) {
  switch (options.expected_stream_revision_case()) {
    case AppendReq::Options::kRevision:
      return AtRevision(options.revision());
    case AppendReq::Options::kNoStream:
      return Expected{Expected::Kind::kNoStream, 0};
    case AppendReq::Options::kStreamExists:
      return Expected{Expected::Kind::kStreamExists, 0};
    case AppendReq::Options::kAny:
    case AppendReq::Options::EXPECTED_STREAM_REVISION_NOT_SET:
      break;
  }
  return Expected{};
}

absl::StatusOr<Expected> ExpectedOf(const BatchAppendReq::Options& options) {
  switch (options.expected_stream_position_case()) {
    case BatchAppendReq::Options::kStreamPosition:
      return AtRevision(options.stream_position());
    case BatchAppendReq::Options::kNoStream:
      return Expected{Expected::Kind::kNoStream, 0};
    case BatchAppendReq::Options::kStreamExists:
      return Expected{Expected::Kind::kStreamExists, 0};
    case BatchAppendReq::Options::kAny:
    case BatchAppendReq::Options::EXPECTED_STREAM_POSITION_NOT_SET:
      break;
  }
  return Expected{};
}

absl::Status Proposal::Add(AppendReq::ProposedMessage message) {
  bytes_ += BytesOf(message);
  absl::Status size = CheckSize(messages_.size() + 1, bytes_);
  if (!size.ok()) {
    messages_.clear();
    bytes_ = kEsdbAppendBytesMax + 1;
    return size;
  }
  messages_.push_back(std::move(message));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<log::pb::Event>> Proposal::Take(const Author& author) {
  std::vector<log::pb::Event> events;
  events.reserve(messages_.size());
  for (const AppendReq::ProposedMessage& message : messages_) {
    ASSIGN_OR_RETURN(log::pb::Event event, ToEvent(message, author));
    events.push_back(std::move(event));
  }
  messages_.clear();
  return events;
}

void FillSuccess(const EsdbLog::Result& result, pb::streams::AppendResp::Success& success) {
  if (result.last_revision.has_value()) {
    success.set_current_revision(*result.last_revision);
  } else {
    success.mutable_no_stream();
  }
  if (result.position.value == 0) {
    success.mutable_no_position();
    return;
  }
  success.mutable_position()->set_commit_position(result.position.value);
  success.mutable_position()->set_prepare_position(result.position.value);
}

AppendCall::AppendCall(const CallParts& parts, grpc::CallbackServerContext* context,
                       pb::streams::AppendResp* response)
    : parts_(parts),
      context_(*context),
      response_(*response),
      caller_(CallerOf(parts, *context)),
      pass_(parts.gate) {
  if (caller_.ok()) bytes_.emplace(parts.bytes_written, caller_->author.subscriber_id);
  pass_.admitted() ? StartRead(&request_) : Finish(ToClient(ShuttingDown(), context_));
}

void AppendCall::OnReadDone(bool ok) {
  if (!ok) {
    const bool queued = parts_.appends.TryRun([this] { Finish(ToClient(Run(), context_)); });
    if (!queued) Finish(ToClient(TooManyCalls(), context_));
    return;
  }
  if (request_.has_options()) {
    options_ = std::move(*request_.mutable_options());
  } else if (request_.has_proposed_message()) {
    if (!bytes_.has_value() || !bytes_->Take(request_.ByteSizeLong())) {
      return Finish(ToClient(bytes_.has_value() ? TooManyBytes() : caller_.status(), context_));
    }
    const absl::Status added = proposal_.Add(std::move(*request_.mutable_proposed_message()));
    if (!added.ok()) return Finish(ToClient(added, context_));
  }
  request_.Clear();
  StartRead(&request_);
}

absl::Status AppendCall::Run() {
  // A broken call looks like one that is complete: half of its events must not be recorded.
  if (context_.IsCancelled()) return absl::CancelledError("the caller has left");
  RETURN_IF_ERROR(caller_.status());
  const Caller& caller = *caller_;
  RETURN_IF_ERROR(caller.CheckAppends());
  ASSIGN_OR_RETURN(const Name name, ParseName(options_.stream_identifier().stream_name()));
  ASSIGN_OR_RETURN(const Expected expected, ExpectedOf(options_));
  ASSIGN_OR_RETURN(std::vector<log::pb::Event> events, proposal_.Take(caller.author));
  ASSIGN_OR_RETURN(
      const EsdbLog::Result result,
      parts_.read_parts.esdb_log.Append(caller.author, name, expected, std::move(events)));
  if (result.as_expected) {
    FillSuccess(result, *response_.mutable_success());
    return absl::OkStatus();
  }
  auto& wrong = *response_.mutable_wrong_expected_version();
  FillWrongVersion(result, expected, wrong);
  if (result.last_revision.has_value()) wrong.set_current_revision(*result.last_revision);
  if (expected.kind == Expected::Kind::kRevision) {
    wrong.set_expected_revision(expected.revision);
  }
  return absl::OkStatus();
}

}  // namespace mlup::esdb
