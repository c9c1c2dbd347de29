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
  RETURN_IF_ERROR(Begin());
  ASSIGN_OR_RETURN(pb::SubscribeResponse message, ReadPage());
  if (message.has_batch() || Tell(message)) return Named(std::move(message));
  if (timeout <= absl::ZeroDuration()) return message;
  RETURN_IF_ERROR(log_.WaitPast(position_, timeout).status());
  ASSIGN_OR_RETURN(message, ReadPage());
  if (message.has_batch() || Tell(message)) return Named(std::move(message));
  return message;
}

absl::StatusOr<Subscription::SharedMessage> Subscription::NextShared() {
  RETURN_IF_ERROR(Begin());
  SharedMessage shared = ReadWindow();
  if (!shared.records.empty()) return shared;
  ASSIGN_OR_RETURN(shared.message, Next(absl::ZeroDuration()));
  return shared;
}

Subscription::SharedMessage Subscription::ReadWindow() {
  SharedMessage shared;
  if (tail_ == nullptr) return shared;
  const Tail::Window window = tail_->WindowFrom({position_.value + 1});
  Budget page = PageBudget(request_.batch_max());
  Position looked_at = position_;
  for (const auto& record : window.records) {
    const bool wanted = Wants(record->record);
    if (!page.HasRoom() || (wanted && !page.Take(record->bytes.size()))) break;
    if (wanted) shared.records.push_back(record);
    looked_at = {record->record.position()};
  }
  if (shared.records.empty()) return shared;
  position_ = looked_at;
  at_head_ = position_ == window.last;
  if (!at_head_) told_caught_up_ = false;
  // Looked up again should it have to read the stream's index.
  next_revision_ = {};
  told_ = {shared.records.back()->record.position()};
  history_ = shared.records.back()->history;
  shared.message.set_history(history_);
  return shared;
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
  ASSIGN_OR_RETURN(Page page, stream_.empty() ? ReadWholeLog() : ReadOneStream());
  at_head_ = page.at_head;
  position_ = page.position;
  if (!at_head_) told_caught_up_ = false;

  pb::SubscribeResponse message;
  auto& records = page.records;
  records.erase(std::remove_if(records.begin(), records.end(),
                               [this](const pb::Record& record) {
                                 return stream_.empty()
                                            ? !request_.include_system() && IsSystem(record)
                                            : !Wants(record);
                               }),
                records.end());
  if (records.empty()) return message;
  told_ = {records.rbegin()->position()};
  history_ = HistoryOf(*records.rbegin());
  *message.mutable_batch()->mutable_records() = std::move(records);
  return message;
}

absl::StatusOr<Subscription::Page> Subscription::ReadWholeLog() {
  pb::ReadAllRequest request;
  request.set_from_position(position_.value + 1);
  request.set_limit(request_.batch_max());
  *request.mutable_filter() = request_.filter();
  ASSIGN_OR_RETURN(pb::ReadAllResponse read, log_.ReadAll(request));
  RETURN_IF_ERROR(CheckReaches({read.head()}));
  Page page;
  page.at_head = read.next_position() == 0;
  page.position = {page.at_head ? read.head() : read.next_position() - 1};
  page.records = std::move(*read.mutable_records());
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
  ASSIGN_OR_RETURN(pb::ReadStreamResponse read, log_.ReadStream(request));
  Page page;
  if (!read.records().empty()) {
    page.position = {read.records().rbegin()->position()};
    next_revision_ = {read.records().rbegin()->revision() + 1};
  }
  page.at_head = next_revision_.value > read.last_revision();
  if (page.at_head) page.position = std::max({page.position, head, position_});
  page.records = std::move(*read.mutable_records());
  return page;
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
