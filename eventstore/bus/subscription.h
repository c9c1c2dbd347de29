// Follows an event log from any position: catches up, then stays with the live end.
#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "mlup/log/v1/event_store.pb.h"

namespace mlup::log {

// Delivers every matching event after `after_position` once and in order of position, without a gap
// or a duplicate between catching up and following, because both are the same read.
//
// One thread at a time. Borrows `log`, which must outlive it. Holds at most one page, and only
// while Next() runs.
class Subscription {
 public:
  Subscription(EventLog& log, pb::SubscribeRequest request);

  // The next message; with no kind set when `timeout` passed and there is nothing new.
  //   batch       matching events;
  //   caught_up   all that was recorded has been delivered: once at the live end, and again after
  //   having
  //               fallen more than a page behind;
  //   checkpoint  the filter passed over everything up to here.
  // So when nothing is left, the last message has told position(). Errors are those of the log's
  // reads, and FAILED_PRECONDITION POSITION_PAST_HEAD when `after_position` is not in this log. A
  // failed Next() may be repeated: nothing is skipped.
  absl::StatusOr<pb::SubscribeResponse> Next(absl::Duration timeout);

  // Everything up to here has been looked at; resume after it.
  Position position() const { return position_; }

 private:
  // Reads one page after position_. A message without a kind when no matching event was found.
  absl::StatusOr<pb::SubscribeResponse> ReadPage();
  // Makes the message tell the subscriber where it stands; false when it knows.
  bool Tell(pb::SubscribeResponse& message);

  EventLog& log_;
  const pb::Filter filter_;
  Position position_;
  // The position that the last message told.
  Position told_;
  // Whether the last page reached the head.
  bool at_head_ = false;
  // Whether the subscriber knows that it is at the live end.
  bool told_caught_up_ = false;
};

}  // namespace mlup::log
