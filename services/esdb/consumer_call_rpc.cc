// Passes batches on and answers back.
#include "services/esdb/consumer_call_rpc.h"

#include <algorithm>
#include <utility>

#include "services/esdb/group_info.h"

namespace mlup::esdb {
namespace {

std::string HeaderOf(const grpc::CallbackServerContext& context, const char* name) {
  const auto found = context.client_metadata().find(name);
  if (found == context.client_metadata().end()) return "";
  return std::string(found->second.data(), found->second.size());
}

log::NackAction ActionOf(persistent::ReadReq::Nack::Action action) {
  switch (action) {
    case persistent::ReadReq::Nack::Park:
      return log::NackAction::kPark;
    case persistent::ReadReq::Nack::Skip:
      return log::NackAction::kSkip;
    case persistent::ReadReq::Nack::Stop:
      return log::NackAction::kStop;
    default:
      return log::NackAction::kRetry;
  }
}

}  // namespace

struct ConsumerCall::Mailbox {
  Mutex mutex;
  ConsumerCall* call ABSL_GUARDED_BY(mutex) = nullptr;
};

ConsumerCall::ConsumerCall(const CallParts& parts, grpc::CallbackServerContext* context)
    : parts_(parts), context_(*context), mailbox_(std::make_shared<Mailbox>()), pass_(parts.gate) {
  {
    MutexLock lock(mailbox_->mutex);
    mailbox_->call = this;
  }
  StartRead(&request_);
  parts_.long_calls.Add(*this);
}

ConsumerCall::~ConsumerCall() = default;

void ConsumerCall::OnDone() {
  parts_.long_calls.Remove(*this);
  delete this;
}

void ConsumerCall::OnReadDone(bool ok) {
  bool goes_on = false;
  {
    MutexLock lock(mutex_);
    // An answer that comes when the call has ended finds no consumer any more.
    ending_ = ending_ || !ok;
    goes_on = !ending_;
    if (goes_on) ++under_way_;
  }
  if (!goes_on) return Go();
  if (std::exchange(begun_, true)) return TakeAnswers();
  if (parts_.reads.TryRun([this] { Begin(); })) return;
  {
    MutexLock lock(mutex_);
    --under_way_;
    ending_ = true;
    status_ = TooManyCalls();
  }
  Go();
}

void ConsumerCall::Begin() {
  const absl::Status status = Connect();
  std::vector<log::GroupDelivery> early;
  {
    MutexLock lock(mutex_);
    connected_ = status.ok();
    early = std::move(early_);
    if (status.ok()) {
      messages_.emplace_back().mutable_subscription_confirmation()->set_subscription_id(
          name_.InHost());
    } else {
      ending_ = true;
      status_ = status;
    }
    if (!early.empty()) ++under_way_;
  }
  if (status.ok()) {
    request_.Clear();
    StartRead(&request_);
  }
  if (!early.empty()) Send(std::move(early));
  {
    MutexLock lock(mutex_);
    --under_way_;
  }
  Go();
}

absl::Status ConsumerCall::Connect() {
  if (!request_.has_options()) {
    return Error(absl::StatusCode::kInvalidArgument, "READ_INCOMPLETE",
                 "the first message names the group");
  }
  name_ = NameOf(request_.options());
  ASSIGN_OR_RETURN(const Caller caller, CallerOf(parts_, context_));
  holds_ = caller.holds;
  ASSIGN_OR_RETURN(reads_, parts_.groups.Reads(caller.author.subscriber_id, name_));
  {
    MutexLock lock(mutex_);
    bytes_.emplace(parts_.bytes_read, caller.author.subscriber_id);
  }
  uuids_ = request_.options().uuid_option().has_structured() ? UuidForm::kNumbers : UuidForm::kText;
  presenter_ = std::make_unique<Presenter>(
      parts_.read_parts, caller.admit,
      Presenter::Options{name_.stream, reads_.resolve_links, true, uuids_});
  ASSIGN_OR_RETURN(std::unique_ptr<log::GroupConsumer> consumer,
                   parts_.groups.Connect(name_, MakeOptions(caller, reads_)));
  consumer_ = std::move(consumer);
  return absl::OkStatus();
}

log::ConsumerOptions ConsumerCall::MakeOptions(const Caller& caller, const GroupReads& reads) {
  log::ConsumerOptions options;
  options.name = ConsumerName(context_.peer(), caller.user, HeaderOf(context_, "connection-name"));
  options.credits = static_cast<std::size_t>(
      std::clamp(request_.options().buffer_size(), 1, static_cast<int>(kGroupInFlightMax)));
  options.deliver = [mailbox = mailbox_](std::vector<log::GroupDelivery> batch) {
    MutexLock lock(mailbox->mutex);
    if (mailbox->call != nullptr) mailbox->call->Deliver(std::move(batch));
    return false;
  };
  options.ended = [mailbox = mailbox_](const absl::Status& status) {
    MutexLock lock(mailbox->mutex);
    if (mailbox->call != nullptr) mailbox->call->End(status);
  };
  options.admit =
      [admit = caller.admit, reads](
          std::vector<log::pb::Record> records) -> absl::StatusOr<std::vector<log::pb::Record>> {
    std::erase_if(records, [&reads](const log::pb::Record& record) {
      return !reads.Matches(OutlineOf(record));
    });
    if (records.empty()) return records;
    return admit(std::move(records), log::pb::DIRECTION_FORWARD);
  };
  return options;
}

void ConsumerCall::Deliver(std::vector<log::GroupDelivery> batch) {
  MutexLock lock(mutex_);
  if (ending_) return;
  if (!connected_) {
    early_ = std::move(batch);
    return;
  }
  ++under_way_;
  // Shared only because a std::function can be copied; one piece of work has it.
  auto work = std::make_shared<std::vector<log::GroupDelivery>>(std::move(batch));
  parts_.reads.Run([this, work] { Send(std::move(*work)); });
}

void ConsumerCall::End(const absl::Status& status) { EndCall(ToGroupFault(status, name_)); }

void ConsumerCall::EndCall(const absl::Status& why) {
  MutexLock lock(mutex_);
  if (ending_) return;
  ending_ = true;
  status_ = why;
  ++under_way_;
  parts_.reads.Run([this] {
    {
      MutexLock own(mutex_);
      --under_way_;
    }
    Go();
  });
}

void ConsumerCall::Send(std::vector<log::GroupDelivery> batch) {
  std::vector<Position> positions;
  positions.reserve(batch.size());
  for (const log::GroupDelivery& delivery : batch) {
    positions.push_back({delivery.record.position()});
    parts_.groups.Shown(name_, {delivery.record.revision()});
  }
  absl::StatusOr<std::vector<Response>> messages = Present(std::move(batch));
  std::size_t bytes = 0;
  if (messages.ok()) {
    for (const Response& message : *messages) bytes += message.ByteSizeLong();
  }
  {
    MutexLock lock(mutex_);
    --under_way_;
    if (!messages.ok()) {
      ending_ = true;
      status_ = messages.status();
    } else if (!bytes_->Take(bytes)) {
      ending_ = true;
      status_ = TooManyBytes();
    } else {
      for (std::size_t i = 0; i < messages->size(); ++i) {
        const auto& event = (*messages)[i].event();
        const auto id = UuidText(event.has_link() ? event.link().id() : event.event().id());
        if (id.ok()) unanswered_[*id] = positions[i];
        messages_.push_back(std::move((*messages)[i]));
      }
      // What timed out went to others; its answers still count while they are known.
      while (unanswered_.size() > 2 * kGroupInFlightMax) {
        unanswered_.erase(
            std::min_element(unanswered_.begin(), unanswered_.end(),
                             [](const auto& a, const auto& b) { return a.second < b.second; }));
      }
      owes_continue_ = true;
    }
  }
  Go();
}

absl::StatusOr<std::vector<ConsumerCall::Response>> ConsumerCall::Present(
    std::vector<log::GroupDelivery> batch) {
  std::vector<Found> found;
  found.reserve(batch.size());
  for (log::GroupDelivery& delivery : batch) {
    Found& one = found.emplace_back();
    one.outline = OutlineOf(delivery.record);
    if (reads_.links) {
      ASSIGN_OR_RETURN(one.link_number, parts_.read_parts.links.NumberOf(
                                            reads_.name, {delivery.record.position()}, near_));
    }
    one.record = std::move(delivery.record);
  }
  ASSIGN_OR_RETURN(std::vector<ReadEvent> events, presenter_->Present(std::move(found)));
  std::vector<Response> messages(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    auto& message = *messages[i].mutable_event();
    if (events[i].has_event()) *message.mutable_event() = std::move(*events[i].mutable_event());
    if (events[i].has_link()) *message.mutable_link() = std::move(*events[i].mutable_link());
    message.set_commit_position(events[i].commit_position());
    message.set_retry_count(static_cast<std::int32_t>(batch[i].tries));
  }
  return messages;
}

void ConsumerCall::TakeAnswers() {
  if (const absl::Status known = holds_(); !known.ok()) {
    EndCall(known);
  } else if (request_.has_ack()) {
    consumer_->Ack(Forget(request_.ack().ids()));
  } else if (request_.has_nack()) {
    consumer_->Nack(Forget(request_.nack().ids()), ActionOf(request_.nack().action()),
                    request_.nack().reason());
  }
  bool reads = false;
  {
    MutexLock lock(mutex_);
    reads = !ending_;
  }
  if (reads) {
    request_.Clear();
    StartRead(&request_);
  }
  // Only now may the call finish, and the consumer go.
  {
    MutexLock lock(mutex_);
    --under_way_;
  }
  Go();
}

std::vector<Position> ConsumerCall::Forget(
    const google::protobuf::RepeatedPtrField<pb::UUID>& ids) {
  std::vector<Position> positions;
  positions.reserve(static_cast<std::size_t>(ids.size()));
  MutexLock lock(mutex_);
  for (const pb::UUID& uuid : ids) {
    const absl::StatusOr<std::string> id = UuidText(uuid);
    const auto found = id.ok() ? unanswered_.find(*id) : unanswered_.end();
    if (found == unanswered_.end()) continue;
    positions.push_back(found->second);
    unanswered_.erase(found);
  }
  return positions;
}

void ConsumerCall::OnWriteDone(bool ok) {
  {
    MutexLock lock(mutex_);
    writing_ = false;
    messages_.pop_front();
    ending_ = ending_ || !ok;
  }
  Go();
}

void ConsumerCall::Go() {
  const Response* write = nullptr;
  bool finish = false;
  absl::Status status;
  {
    MutexLock lock(mutex_);
    if (finished_ || writing_) return;
    if (ending_) {
      finish = under_way_ == 0;
      finished_ = finish;
      status = status_;
      if (!finish) return;
    } else if (!messages_.empty()) {
      writing_ = true;
      write = &messages_.front();
    } else if (std::exchange(owes_continue_, false)) {
      bytes_->Give(bytes_->held());
      ++under_way_;
    } else {
      return;
    }
  }
  if (write != nullptr) return StartWrite(write);
  if (!finish) {
    consumer_->Continue();
    {
      MutexLock lock(mutex_);
      --under_way_;
    }
    return Go();
  }
  {
    MutexLock lock(mailbox_->mutex);
    mailbox_->call = nullptr;
  }
  consumer_.reset();
  Finish(ToClient(status, context_));
}

}  // namespace mlup::esdb
