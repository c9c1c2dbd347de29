// Follows an event log from any position: catches up, then stays with the live end.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "eventstore/base/types.h"
#include "eventstore/bus/tail.h"
#include "eventstore/log/event_log.h"
#include "eventstore/log/record_view.h"
#include "eventstore/log/stored_page.h"
#include "mlup/log/v1/event_store.pb.h"

namespace mlup::log {

// Delivers every matching event after where it starts once and in order of position, without a gap
// or a duplicate between catching up and following, because both are the same read. The log's own
// events are passed over unless the request includes them.
//
// One thread at a time. Borrows `log`, which must outlive it. Holds at most one page, and only
// while Next() runs.
class Subscription {
 public:
  Subscription(EventLog& log, pb::SubscribeRequest request);
  // One of many that follow the same tail, which must outlive it.
  Subscription(Tail& tail, pb::SubscribeRequest request);

  // The next message; with no kind set when `timeout` passed and there is nothing new.
  //   batch       matching events, at most batch_max and 2 MiB;
  //   caught_up   all that was recorded has been delivered: once at the live end, and again after
  //               having fallen more than a page behind;
  //   checkpoint  the filter passed over everything up to here.
  // So when nothing is left, the last message has told position(). Errors are those of the log's
  // reads; INVALID_ARGUMENT with the field; FAILED_PRECONDITION POSITION_PAST_HEAD when
  // `after_position` is not in this log, ANOTHER_HISTORY when another event stands there. A failed
  // Next() may be repeated: nothing is skipped.
  absl::StatusOr<pb::SubscribeResponse> Next(absl::Duration timeout);

  // The same; events are not parsed.
  absl::StatusOr<StoredDelivery> NextStored(absl::Duration timeout);

  // A checkpoint that repeats where the subscriber stands, as a sign of life.
  absl::StatusOr<pb::SubscribeResponse> Repeat();

  // Everything up to here has been looked at; resume after it. Where it starts, once Next() was
  // called.
  Position position() const { return position_; }
  // Whether all up to position() has been told.
  bool told() const { return told_ == position_; }
  // Whether it stood at the live end and has nothing to tell unless the log has moved on.
  bool idle() const { return begun_ && at_head_ && told_caught_up_ && told(); }
  // Whether the log went on when it was read last.
  bool behind() const { return begun_ && !at_head_; }

  // For whoever reads the live end for many: whether `record` is for this subscriber; and that
  // nothing up to `position` was. Only while it stands at the end that was read.
  bool Wants(const RecordView& record) const;
  void Pass(Position position);

 private:
  // Finds where to start, and whether the log is the one that the request knows.
  absl::Status Begin();
  // What one read found: the records that match, how far it looked, and whether that is the head.
  struct Page {
    StoredRecords records;
    Position position;
    bool at_head = false;
  };

  // Reads one page after position_. A message without a kind when no matching event was found.
  absl::StatusOr<StoredDelivery> ReadPage();
  absl::StatusOr<Page> ReadWholeLog();
  // For a filter that names one stream: its own index is read instead of the whole log.
  absl::StatusOr<Page> ReadOneStream();
  absl::StatusOr<StoredRecords> Wanted(const StoredRecords& records) const;
  absl::Status CheckReaches(Position head) const;
  // Makes the message tell the subscriber where it stands; false when it knows.
  bool Tell(pb::SubscribeResponse& message);
  // Adds the name of the history to a message that tells a position.
  absl::StatusOr<StoredDelivery> Named(StoredDelivery next);

  EventLog& log_;
  // Null for one that follows by itself.
  Tail* const tail_ = nullptr;
  const pb::SubscribeRequest request_;
  // The only stream that the filter selects; empty when there may be several.
  const std::string stream_;
  // Of that stream, the revision after position_; 0 until it is known.
  Revision next_revision_;
  bool begun_ = false;
  Position position_;
  // The position that the last message told.
  Position told_;
  // The history at the position last told.
  std::uint64_t history_ = 0;
  // Whether the last page reached the head.
  bool at_head_ = false;
  // Whether the subscriber knows that it is at the live end.
  bool told_caught_up_ = false;
};

// The first position recorded at `time` or later; one past the head when there is none. Reads about
// 2 log(n) records, because the times of records never decrease.
absl::StatusOr<Position> FirstRecordedAt(EventLog& log, absl::Time time);

// The first revision of `stream` that stands after `position`; one past its last when there is
// none. Reads as many records.
absl::StatusOr<Revision> FirstRevisionAfter(EventLog& log, const std::string& stream,
                                            Position position);

}  // namespace mlup::log
