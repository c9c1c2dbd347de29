// One read serves both catching up and following.
#include "eventstore/bus/subscription.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/log/append_rules.h"
#include "eventstore/log/history.h"
#include "eventstore/log/read_rules.h"
#include "eventstore/log/timestamp.h"

namespace mlup::log {
namespace {

// The stream that a filter names in full, if it selects no other. A free name may be the beginning
// of others.
std::string OnlyStream(const pb::Filter& filter) {
  if (filter.stream_prefixes_size() != 1) return "";
  const std::string& name = filter.stream_prefixes(0);
  const bool whole = IsStreamName(name) && !CategoryFor(name).has_free_names;
  return whole ? name : "";
}

// The first of 1..last for which `reached` holds, when it holds for all after it; last + 1 when for
// none.
template <typename Reached>
absl::StatusOr<std::uint64_t> FirstWhere(std::uint64_t last, const Reached& reached) {
  std::uint64_t first = 1;
  std::uint64_t end = last + 1;
  while (first < end) {
    const std::uint64_t middle = first + (end - first) / 2;
    ASSIGN_OR_RETURN(const bool holds, reached(middle));
    if (holds) {
      end = middle;
    } else {
      first = middle + 1;
    }
  }
  return first;
}

absl::Status DamagedUpTo(Position position) {
  return Error(absl::StatusCode::kDataLoss, "RECORD_DAMAGED",
               absl::StrCat("a record up to position ", position.value, " cannot be read"));
}

}  // namespace

Subscription::Subscription(EventLog& log, pb::SubscribeRequest request)
    : log_(log),
      request_(std::move(request)),
      stream_(OnlyStream(request_.filter())),
      position_{request_.after_position()} {}

Subscription::Subscription(Tail& tail, pb::SubscribeRequest request)
    : log_(tail),
      tail_(&tail),
      request_(std::move(request)),
      stream_(OnlyStream(request_.filter())),
      position_{request_.after_position()} {}

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
  ASSIGN_OR_RETURN(StoredDelivery next, NextStored(timeout));
  if (next.has_batch() && !next.message.mutable_batch()->ParseFromString(next.batch.records)) {
    return DamagedUpTo(told_);
  }
  return std::move(next.message);
}

absl::StatusOr<StoredDelivery> Subscription::NextStored(absl::Duration timeout) {
  RETURN_IF_ERROR(Begin());
  ASSIGN_OR_RETURN(StoredDelivery next, ReadPage());
  if (next.has_batch() || Tell(next.message)) return Named(std::move(next));
  if (timeout <= absl::ZeroDuration()) return next;
  RETURN_IF_ERROR(log_.WaitPast(position_, timeout).status());
  ASSIGN_OR_RETURN(next, ReadPage());
  if (next.has_batch() || Tell(next.message)) return Named(std::move(next));
  return next;
}

absl::StatusOr<pb::SubscribeResponse> Subscription::Repeat() {
  RETURN_IF_ERROR(Begin());
  StoredDelivery next;
  next.message.mutable_checkpoint()->set_position(position_.value);
  told_ = position_;
  ASSIGN_OR_RETURN(next, Named(std::move(next)));
  return std::move(next.message);
}

bool Subscription::Wants(const RecordView& record) const {
  return (request_.include_system() || !IsSystem(record.stream)) &&
         MatchesFilter(request_.filter(), record);
}

void Subscription::Pass(Position position) {
  if (at_head_ && position > position_) position_ = position;
}

absl::StatusOr<StoredDelivery> Subscription::ReadPage() {
  // Near the end the stream's index is of no use.
  const bool whole_log =
      stream_.empty() || (tail_ != nullptr && tail_->Keeps(mlup::Next(position_)));
  ASSIGN_OR_RETURN(Page page, whole_log ? ReadWholeLog() : ReadOneStream());
  at_head_ = page.at_head;
  position_ = page.position;
  if (!at_head_) told_caught_up_ = false;

  StoredDelivery next;
  if (page.records.count == 0) return next;
  told_ = page.records.last;
  history_ = HistoryOfBytes(page.records.last_record());
  next.batch = std::move(page.records);
  return next;
}

absl::StatusOr<Subscription::Page> Subscription::ReadWholeLog() {
  pb::ReadAllRequest request;
  request.set_from_position(position_.value + 1);
  request.set_limit(request_.batch_max());
  *request.mutable_filter() = request_.filter();
  ASSIGN_OR_RETURN(StoredPage read, log_.ReadStored(request, request_.include_system()));
  RETURN_IF_ERROR(CheckReaches(read.head));
  // Looked up again should the stream's index be read.
  next_revision_ = {};
  Page page;
  page.at_head = read.next.value == 0;
  page.position = page.at_head ? read.head : Position{read.next.value - 1};
  page.records = std::move(read);
  return page;
}

absl::StatusOr<Subscription::Page> Subscription::ReadOneStream() {
  // Taken before the read, so that all of the stream up to it is in what is read.
  ASSIGN_OR_RETURN(const Position head, log_.Head());
  RETURN_IF_ERROR(CheckReaches(head));
  if (next_revision_.value == 0) {
    ASSIGN_OR_RETURN(next_revision_, FirstRevisionAfter(log_, stream_, position_));
  }
  pb::ReadStreamRequest request;
  request.set_stream(stream_);
  request.set_from_revision(next_revision_.value);
  request.set_limit(request_.batch_max());
  ASSIGN_OR_RETURN(StoredStream read, log_.ReadStreamStored(request));
  Page page;
  page.position = read.last;
  next_revision_ = {next_revision_.value + read.count};
  page.at_head = next_revision_ > read.last_revision;
  if (page.at_head) page.position = std::max({page.position, head, position_});
  ASSIGN_OR_RETURN(page.records, Wanted(read));
  return page;
}

absl::StatusOr<StoredRecords> Subscription::Wanted(const StoredRecords& records) const {
  StoredRecords wanted;
  RecordWalk walk(records.records);
  while (const auto bytes = walk.Next()) {
    const auto view = ViewRecord(*bytes);
    if (!view.has_value()) return DamagedUpTo(records.last);
    if (Wants(*view)) wanted.Add(view->position, *bytes);
  }
  return wanted;
}

absl::Status Subscription::CheckReaches(Position head) const {
  if (head >= position_) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "POSITION_PAST_HEAD",
               absl::StrCat("the log ends at ", head.value, " and does not reach ", position_.value,
                            ": it was replaced or rolled back, so start again from 0"));
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

absl::StatusOr<StoredDelivery> Subscription::Named(StoredDelivery next) {
  // Noted only now, so that a failed read leaves it to be told again.
  if (!next.has_batch()) {
    if (told_ != position_ || history_ == 0) {
      ASSIGN_OR_RETURN(history_, HistoryAt(log_, position_));
    }
    told_ = position_;
    told_caught_up_ = told_caught_up_ || next.message.has_caught_up();
  }
  next.message.set_history(history_);
  return next;
}

absl::StatusOr<Position> FirstRecordedAt(EventLog& log, absl::Time time) {
  ASSIGN_OR_RETURN(const Position head, log.Head());
  ASSIGN_OR_RETURN(const std::uint64_t first,
                   FirstWhere(head.value, [&](std::uint64_t position) -> absl::StatusOr<bool> {
                     ASSIGN_OR_RETURN(const pb::Record record, RecordAt(log, {position}));
                     return FromTimestamp(record.recorded_at()) >= time;
                   }));
  return Position{first};
}

absl::StatusOr<Revision> FirstRevisionAfter(EventLog& log, const std::string& stream,
                                            Position position) {
  pb::ReadStreamRequest request;
  request.set_stream(stream);
  request.set_limit(1);
  ASSIGN_OR_RETURN(const pb::ReadStreamResponse end, log.ReadStream(request));
  ASSIGN_OR_RETURN(
      const std::uint64_t first,
      FirstWhere(end.last_revision(), [&](std::uint64_t revision) -> absl::StatusOr<bool> {
        request.set_from_revision(revision);
        ASSIGN_OR_RETURN(const pb::ReadStreamResponse page, log.ReadStream(request));
        return page.records().empty() || Position{page.records(0).position()} > position;
      }));
  return Revision{first};
}

}  // namespace mlup::log
