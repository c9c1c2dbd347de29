// Hands appends to the log side by side.
#include "services/esdb/batch_call_rpc.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/log/timestamp.h"

namespace mlup::esdb {
namespace {

// Appends that arrive in parts at the same time.
constexpr std::size_t kArrivingMax = 256;
constexpr std::size_t kArrivingBytesMax = 16 << 20;
// Bytes under way at which no more is read for now.
constexpr std::size_t kUnderWayBytesMax = 16 << 20;

using pb::streams::BatchAppendReq;
using pb::streams::BatchAppendResp;

absl::Time DeadlineOf(const BatchAppendReq::Options& options, absl::Time now) {
  if (options.has_deadline_21_10_0()) return log::FromTimestamp(options.deadline_21_10_0());
  if (!options.has_deadline()) return absl::InfiniteFuture();
  return now + absl::Seconds(options.deadline().seconds()) +
         absl::Nanoseconds(options.deadline().nanos());
}

void EchoExpected(const BatchAppendReq::Options& options, BatchAppendResp& response) {
  switch (options.expected_stream_position_case()) {
    case BatchAppendReq::Options::kStreamPosition:
      response.set_stream_position(options.stream_position());
      return;
    case BatchAppendReq::Options::kNoStream:
      response.mutable_no_stream();
      return;
    case BatchAppendReq::Options::kStreamExists:
      response.mutable_stream_exists();
      return;
    case BatchAppendReq::Options::kAny:
    case BatchAppendReq::Options::EXPECTED_STREAM_POSITION_NOT_SET:
      break;
  }
  response.mutable_any();
}

void PutWrongVersion(const EsdbLog::Result& result, const Expected& expected, pb::Status& error) {
  error.set_code(static_cast<std::int32_t>(absl::StatusCode::kFailedPrecondition));
  error.set_message("the stream is not at the expected version: read it again");
  pb::WrongExpectedVersion wrong;
  FillWrongVersion(result, expected, wrong);
  if (result.last_revision.has_value()) wrong.set_current_stream_revision(*result.last_revision);
  if (expected.kind == Expected::Kind::kRevision) {
    wrong.set_expected_stream_position(expected.revision);
  }
  error.mutable_details()->PackFrom(wrong);
}

void PutError(const absl::Status& status, const pb::StreamIdentifier& stream, pb::Status& error) {
  error.set_code(static_cast<std::int32_t>(ClientCode(status)));
  error.set_message(std::string(status.message()));
  const std::string exception = ExceptionOf(status);
  if (exception == "stream-deleted") {
    pb::StreamDeleted deleted;
    *deleted.mutable_stream_identifier() = stream;
    error.mutable_details()->PackFrom(deleted);
  } else if (exception == "access-denied") {
    error.mutable_details()->PackFrom(pb::AccessDenied());
  } else if (exception == "maximum-append-size-exceeded") {
    pb::MaximumAppendSizeExceeded size;
    size.set_max_append_size(static_cast<std::uint32_t>(kEsdbAppendBytesMax));
    error.mutable_details()->PackFrom(size);
  } else if (absl::IsDeadlineExceeded(status)) {
    error.mutable_details()->PackFrom(pb::Timeout());
  } else if (absl::IsInvalidArgument(status)) {
    pb::BadRequest bad;
    bad.set_message(error.message());
    error.mutable_details()->PackFrom(bad);
  } else {
    error.mutable_details()->PackFrom(pb::Unknown());
  }
}

}  // namespace

BatchCall::BatchCall(const CallParts& parts, grpc::CallbackServerContext* context)
    : parts_(parts), context_(*context), caller_(CallerOf(parts, *context)), pass_(parts.gate) {
  if (caller_.ok()) bytes_.emplace(parts.bytes_written, caller_->author.subscriber_id);
  StartRead(&request_);
  parts_.long_calls.Add(*this);
}

void BatchCall::OnDone() {
  parts_.long_calls.Remove(*this);
  delete this;
}

void BatchCall::EndCall(const absl::Status& why) {
  Action action;
  {
    MutexLock lock(mutex_);
    if (no_more_) return;
    no_more_ = true;
    end_ = why;
    action = NextLocked();
  }
  Do(action);
}

void BatchCall::OnReadDone(bool ok) {
  std::unique_ptr<Arriving> append = ok ? Take() : nullptr;
  const bool too_many = arriving_.size() > kArrivingMax || arriving_bytes_ > kArrivingBytesMax;
  Action action;
  {
    MutexLock lock(mutex_);
    // It came too late: nobody would be left to answer.
    if (no_more_) append = nullptr;
    if (append != nullptr && bytes_.has_value() && append->status.ok()) {
      if (bytes_->Take(append->proposal.bytes())) {
        append->held = append->proposal.bytes();
      } else {
        append->status = TooManyBytes();
      }
    }
    reading_ = false;
    if (too_many && !no_more_) end_ = TooManyCalls();
    no_more_ = no_more_ || !ok || too_many;
    if (append != nullptr) ++under_way_;
    action = NextLocked();
  }
  Do(action);
  if (append != nullptr) Start(std::move(append));
}

std::unique_ptr<BatchCall::Arriving> BatchCall::Take() {
  const std::string id = request_.correlation_id().SerializeAsString();
  std::unique_ptr<Arriving>& slot = arriving_[id];
  if (slot == nullptr) {
    slot = std::make_unique<Arriving>();
    slot->correlation_id = request_.correlation_id();
  }
  if (request_.has_options()) {
    slot->options = std::move(*request_.mutable_options());
    slot->deadline = DeadlineOf(slot->options, parts_.read_parts.clock.Now());
  }
  const std::size_t before = slot->proposal.bytes();
  for (auto& message : *request_.mutable_proposed_messages()) {
    if (slot->status.ok()) slot->status = slot->proposal.Add(std::move(message));
  }
  arriving_bytes_ += slot->proposal.bytes() - before;
  std::unique_ptr<Arriving> complete;
  if (request_.is_final()) {
    complete = std::move(slot);
    arriving_bytes_ -= complete->proposal.bytes();
    arriving_.erase(id);
  }
  request_.Clear();
  return complete;
}

void BatchCall::Start(std::unique_ptr<Arriving> append) {
  // Shared only because a std::function can be copied; one piece of work has it.
  const std::shared_ptr<Arriving> work = std::move(append);
  if (!parts_.appends.TryRun([this, work] { Run(work); })) {
    Answer(*work, ExpectedOf(work->options), TooManyCalls());
  }
}

absl::StatusOr<std::pair<Name, std::vector<log::pb::Event>>> BatchCall::Check(Arriving& append) {
  // Before all else: nobody waits for another answer.
  if (append.deadline < parts_.read_parts.clock.Now()) {
    return absl::DeadlineExceededError("the append waited longer than its author");
  }
  RETURN_IF_ERROR(append.status);
  RETURN_IF_ERROR(caller_.status());
  RETURN_IF_ERROR(caller_->CheckAppends());
  ASSIGN_OR_RETURN(Name name, ParseName(append.options.stream_identifier().stream_name()));
  ASSIGN_OR_RETURN(std::vector<log::pb::Event> events, append.proposal.Take(caller_->author));
  return std::pair(std::move(name), std::move(events));
}

void BatchCall::Run(const std::shared_ptr<Arriving>& append) {
  const absl::StatusOr<Expected> expected = ExpectedOf(append->options);
  if (!expected.ok()) return Answer(*append, expected, expected.status());
  auto checked = Check(*append);
  if (!checked.ok()) return Answer(*append, expected, checked.status());
  parts_.read_parts.esdb_log.AppendLater(
      {caller_->author, std::move(checked->first), *expected, std::move(checked->second)},
      parts_.appends, [this, append, expected](const absl::StatusOr<EsdbLog::Result>& result) {
        Answer(*append, expected, result);
      });
}

void BatchCall::Answer(const Arriving& append, const absl::StatusOr<Expected>& expected,
                       const absl::StatusOr<EsdbLog::Result>& result) {
  Response response;
  *response.mutable_correlation_id() = append.correlation_id;
  *response.mutable_stream_identifier() = append.options.stream_identifier();
  EchoExpected(append.options, response);
  if (!result.ok()) {
    PutError(result.status(), append.options.stream_identifier(), *response.mutable_error());
  } else if (result->as_expected) {
    FillSuccess(*result, *response.mutable_success());
  } else {
    PutWrongVersion(*result, *expected, *response.mutable_error());
  }
  Action action;
  {
    MutexLock lock(mutex_);
    --under_way_;
    if (append.held > 0) bytes_->Give(append.held);
    answers_.push_back(std::move(response));
    action = NextLocked();
  }
  Do(action);
}

void BatchCall::OnWriteDone(bool ok) {
  Action action;
  {
    MutexLock lock(mutex_);
    writing_ = false;
    answers_.pop_front();
    // Nobody is left to tell; what is under way goes on.
    if (!ok) answers_.clear();
    action = NextLocked();
  }
  Do(action);
}

BatchCall::Action BatchCall::NextLocked() {
  Action action;
  if (!writing_ && !answers_.empty()) {
    writing_ = true;
    action.write = &answers_.front();
  }
  if (!reading_ && !no_more_ && under_way_ + answers_.size() < kEsdbInFlightMax &&
      (!bytes_.has_value() || bytes_->held() < kUnderWayBytesMax)) {
    reading_ = true;
    action.read = true;
  }
  if (no_more_ && under_way_ == 0 && !writing_ && !finished_) {
    finished_ = true;
    action.finish = true;
    action.status = end_;
  }
  return action;
}

// Once it is finished, or the last thing under way is, the call may be gone.
void BatchCall::Do(const Action& action) {
  if (action.read) StartRead(&request_);
  if (action.write != nullptr) StartWrite(action.write);
  if (action.finish) Finish(ToClient(action.status, context_));
}

}  // namespace mlup::esdb
