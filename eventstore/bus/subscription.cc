#include "eventstore/bus/subscription.h"

#include <utility>

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"

namespace mlup::log {

Subscription::Subscription(EventLog& log, pb::SubscribeRequest request)
    : log_(log),
      filter_(std::move(*request.mutable_filter())),
      position_{request.after_position()},
      told_(position_) {}

absl::StatusOr<pb::SubscribeResponse> Subscription::Next(absl::Duration timeout) {
  ASSIGN_OR_RETURN(pb::SubscribeResponse message, ReadPage());
  if (message.has_batch()) return message;
  if (Tell(message)) return message;
  RETURN_IF_ERROR(log_.WaitPast(position_, timeout).status());
  ASSIGN_OR_RETURN(message, ReadPage());
  if (!message.has_batch()) Tell(message);
  return message;
}

absl::StatusOr<pb::SubscribeResponse> Subscription::ReadPage() {
  pb::ReadAllRequest request;
  request.set_from_position(position_.value + 1);
  *request.mutable_filter() = filter_;
  ASSIGN_OR_RETURN(pb::ReadAllResponse page, log_.ReadAll(request));
  if (page.head() < position_.value) {
    return Error(absl::StatusCode::kFailedPrecondition, "POSITION_PAST_HEAD",
                 "the log does not reach the position to follow from");
  }
  at_head_ = page.next_position() == 0;
  position_ = {at_head_ ? page.head() : page.next_position() - 1};
  if (!at_head_) told_caught_up_ = false;

  pb::SubscribeResponse message;
  if (page.records().empty()) return message;
  told_ = {page.records().rbegin()->position()};
  *message.mutable_batch()->mutable_records() = std::move(*page.mutable_records());
  return message;
}

bool Subscription::Tell(pb::SubscribeResponse& message) {
  if (at_head_ && !told_caught_up_) {
    message.mutable_caught_up()->set_position(position_.value);
    told_caught_up_ = true;
  } else if (told_ < position_) {
    message.mutable_checkpoint()->set_position(position_.value);
  } else {
    return false;
  }
  told_ = position_;
  return true;
}

}  // namespace mlup::log
