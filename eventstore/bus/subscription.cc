// One read serves both catching up and following.
#include "eventstore/bus/subscription.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/log/history.h"
#include "eventstore/log/read_rules.h"
#include "eventstore/log/timestamp.h"

namespace mlup::log {

Subscription::Subscription(EventLog& log, pb::SubscribeRequest request)
    : log_(log), request_(std::move(request)), position_{request_.after_position()} {}

absl::Status Subscription::Begin() {
  if (begun_) return absl::OkStatus();
  RETURN_IF_ERROR(CheckSubscribe(request_));
  if (request_.from_end()) {
    ASSIGN_OR_RETURN(position_, log_.Head());
  } else if (request_.has_from_time()) {
    ASSIGN_OR_RETURN(const Position first,
                     FirstRecordedAt(log_, FromTimestamp(request_.from_time())));
    position_ = {first.value - 1};
  }
  RETURN_IF_ERROR(CheckHistory(log_, position_, request_.history()));
  history_ = request_.history();
  // Who chose no position is told of it with the first mark.
  told_ = position_;
  begun_ = true;
  return absl::OkStatus();
}

absl::StatusOr<pb::SubscribeResponse> Subscription::Next(absl::Duration timeout) {
  RETURN_IF_ERROR(Begin());
  ASSIGN_OR_RETURN(pb::SubscribeResponse message, ReadPage());
  if (message.has_batch() || Tell(message)) return Named(std::move(message));
  if (timeout <= absl::ZeroDuration()) return message;
  RETURN_IF_ERROR(log_.WaitPast(position_, timeout).status());
  ASSIGN_OR_RETURN(message, ReadPage());
  if (message.has_batch() || Tell(message)) return Named(std::move(message));
  return message;
}

absl::StatusOr<pb::SubscribeResponse> Subscription::Repeat() {
  RETURN_IF_ERROR(Begin());
  pb::SubscribeResponse message;
  message.mutable_checkpoint()->set_position(position_.value);
  told_ = position_;
  return Named(std::move(message));
}

bool Subscription::Wants(const pb::Record& record) const {
  return (request_.include_system() || !IsSystem(record)) &&
         MatchesFilter(request_.filter(), record);
}

void Subscription::Pass(Position position) {
  if (at_head_ && position > position_) position_ = position;
}

absl::StatusOr<pb::SubscribeResponse> Subscription::ReadPage() {
  pb::ReadAllRequest request;
  request.set_from_position(position_.value + 1);
  request.set_limit(request_.batch_max());
  *request.mutable_filter() = request_.filter();
  ASSIGN_OR_RETURN(pb::ReadAllResponse page, log_.ReadAll(request));
  if (page.head() < position_.value) {
    return Error(
        absl::StatusCode::kFailedPrecondition, "POSITION_PAST_HEAD",
        absl::StrCat("the log ends at ", page.head(), " and does not reach ", position_.value,
                     ": it was replaced or rolled back, so start again from 0"));
  }
  at_head_ = page.next_position() == 0;
  position_ = {at_head_ ? page.head() : page.next_position() - 1};
  if (!at_head_) told_caught_up_ = false;

  pb::SubscribeResponse message;
  auto& records = *page.mutable_records();
  if (!request_.include_system()) {
    records.erase(std::remove_if(records.begin(), records.end(), IsSystem), records.end());
  }
  if (records.empty()) return message;
  told_ = {records.rbegin()->position()};
  history_ = HistoryOf(*records.rbegin());
  *message.mutable_batch()->mutable_records() = std::move(records);
  return message;
}

bool Subscription::Tell(pb::SubscribeResponse& message) {
  if (at_head_ && !told_caught_up_) {
    message.mutable_caught_up()->set_position(position_.value);
  } else if (told_ < position_) {
    message.mutable_checkpoint()->set_position(position_.value);
  } else {
    return false;
  }
  return true;
}

absl::StatusOr<pb::SubscribeResponse> Subscription::Named(pb::SubscribeResponse message) {
  // Noted only now, so that a failed read leaves it to be told again.
  if (!message.has_batch()) {
    if (told_ != position_ || history_ == 0) {
      ASSIGN_OR_RETURN(history_, HistoryAt(log_, position_));
    }
    told_ = position_;
    told_caught_up_ = told_caught_up_ || message.has_caught_up();
  }
  message.set_history(history_);
  return message;
}

absl::StatusOr<Position> FirstRecordedAt(EventLog& log, absl::Time time) {
  ASSIGN_OR_RETURN(const Position head, log.Head());
  // All before `first` are earlier; what stands at `end` and later is not.
  std::uint64_t first = 1;
  std::uint64_t end = head.value + 1;
  while (first < end) {
    const std::uint64_t middle = first + (end - first) / 2;
    ASSIGN_OR_RETURN(const pb::Record record, RecordAt(log, {middle}));
    if (FromTimestamp(record.recorded_at()) < time) {
      first = middle + 1;
    } else {
      end = middle;
    }
  }
  return Position{first};
}

}  // namespace mlup::log
