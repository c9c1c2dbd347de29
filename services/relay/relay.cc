// One turn: errands, read ahead, begin what is due, take note of what ended, report.
#include "services/relay/relay.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"

namespace mlup::relay {
namespace {

constexpr absl::Duration kTurn = absl::Milliseconds(500);
// While something is in flight, how often the feed is looked at.
constexpr absl::Duration kGlance = absl::Milliseconds(20);
// How long a decision of the feed may be relied on where nothing is recorded meanwhile: days end.
constexpr absl::Duration kFreshFor = absl::Seconds(5);
constexpr absl::Duration kFeedRetry = absl::Seconds(1);
constexpr absl::Duration kRefusedFeedRetry = absl::Seconds(15);
constexpr absl::Duration kSyncEvery = absl::Seconds(1);
constexpr absl::Duration kReportEvery = absl::Seconds(10);
constexpr absl::Duration kReportPause = absl::Milliseconds(100);
constexpr std::chrono::seconds kErrandPatience{30};

std::string Words(const absl::Status& status) {
  return absl::StrCat(ErrorReason(status), ": ", status.message());
}

}  // namespace

struct Relay::Errand {
  bool when_idle = false;
  std::function<absl::Status(RelayState&)> run;
  std::promise<absl::Status> done;
};

Relay::Relay(std::string subscriber_id, std::unique_ptr<Sender> sender,
             std::unique_ptr<RelayState> state, Parts parts)
    : subscriber_id_(std::move(subscriber_id)),
      sender_(std::move(sender)),
      state_(std::move(state)),
      parts_(parts) {}

void Relay::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) Turn();
}

void Relay::Turn() {
  const bool may_begin = RunErrands();
  const bool waited = ReadFeed(may_begin ? Patience(parts_.clock.Now()) : absl::ZeroDuration());
  if (may_begin) StartDue();
  absl::Duration patience = absl::ZeroDuration();
  if (!sent_.empty()) {
    patience = WantsMore() ? kGlance : kTurn;
  } else if (!waited) {
    patience = may_begin ? Patience(parts_.clock.Now()) : kTurn;
  }
  for (const Outcome& outcome : sender_->Wait(patience)) Take(outcome);
  if (const absl::Time now = parts_.clock.Now(); now - synced_at_ >= kSyncEvery) {
    synced_at_ = now;
    // Nothing is lost without it; the state remembers to write itself anew.
    state_->Sync().IgnoreError();
  }
  Report();
}

absl::Status Relay::Do(bool when_idle, std::function<absl::Status(RelayState&)> run) {
  const auto errand = std::make_shared<Errand>();
  errand->when_idle = when_idle;
  errand->run = std::move(run);
  std::future<absl::Status> done = errand->done.get_future();
  {
    MutexLock lock(mutex_);
    errands_.push_back(errand);
  }
  sender_->Wake();
  if (done.wait_for(kErrandPatience) == std::future_status::timeout) {
    MutexLock lock(mutex_);
    const auto found = std::find(errands_.begin(), errands_.end(), errand);
    if (found != errands_.end()) {
      errands_.erase(found);
      return Error(absl::StatusCode::kUnavailable, "RELAY_BUSY",
                   "the relay waits for an answer of the receiver: try again");
    }
  }
  return done.get();
}

Outcome Relay::Ping(const std::string& event_id) {
  Outcome outcome = sender_->Ping(event_id);
  if (outcome.kind == Outcome::Kind::kDelivered) {
    MutexLock lock(mutex_);
    stopped_.clear();
  }
  return outcome;
}

// False when nothing new may begin: it has stopped, or an errand waits until nothing is in flight.
bool Relay::RunErrands() {
  while (true) {
    std::shared_ptr<Errand> errand;
    {
      MutexLock lock(mutex_);
      if (errands_.empty()) return stopped_.empty();
      if (errands_.front()->when_idle && !sent_.empty()) return false;
      errand = errands_.front();
      errands_.pop_front();
    }
    const Position before = state_->position();
    errand->done.set_value(errand->run(*state_));
    changed_ = true;
    if (state_->position() == before) continue;
    feed_.reset();
    fresh_.clear();
    fresh_bytes_ = 0;
  }
}

bool Relay::WantsMore() const {
  const DeliveryQueue& queue = state_->queue();
  return queue.size() < kRelayWaitingMax &&
         queue.open_streams() + queue.in_flight() < 4 * sender_->capacity();
}

// How long nothing can begin, at most a turn.
absl::Duration Relay::Patience(absl::Time now) const {
  const absl::Time next = std::max(state_->queue().NextDue(), breaker_.next());
  return std::clamp(next - now, absl::ZeroDuration(), kTurn);
}

// Whether the feed has been waited for.
bool Relay::ReadFeed(absl::Duration patience) {
  {
    MutexLock lock(mutex_);
    if (!stopped_.empty()) return false;
  }
  if (!WantsMore() || parts_.clock.Now() < feed_next_) return false;
  const absl::Status status = ReadStep(sent_.empty() ? patience : absl::ZeroDuration());
  if (status.ok()) {
    changed_ = changed_ || !trouble_.ok();
    trouble_ = absl::OkStatus();
    return true;
  }
  feed_.reset();
  trouble_ = status;
  changed_ = true;
  const bool is_refusal = status.code() == absl::StatusCode::kFailedPrecondition;
  feed_next_ = parts_.clock.Now() + (is_refusal ? kRefusedFeedRetry : kFeedRetry);
  return false;
}

absl::Status Relay::ReadStep(absl::Duration patience) {
  if (feed_ == nullptr) {
    log::v1::SubscribeRequest request;
    request.set_after_position(state_->position().value);
    request.set_history(state_->history());
    ASSIGN_OR_RETURN(feed_, parts_.feeds.Open(subscriber_id_, std::move(request)));
  }
  ASSIGN_OR_RETURN(const Position head, parts_.log.Head());
  ASSIGN_OR_RETURN(sharing::FeedStep step, feed_->Next(patience));
  changed_ = changed_ || step.caught_up != caught_up_;
  caught_up_ = step.caught_up;
  if (step.position <= state_->position()) return absl::OkStatus();
  std::vector<RelayState::Entry> entries;
  entries.reserve(step.records.size());
  for (const log::v1::Record& record : step.records)
    entries.emplace_back(Position{record.position()}, record.stream());
  RETURN_IF_ERROR(state_->Read(step.position, step.history, entries));
  changed_ = true;
  const absl::Time now = parts_.clock.Now();
  for (log::v1::Record& record : step.records) {
    const std::size_t size = record.ByteSizeLong();
    if (fresh_bytes_ + size > kRelayFreshBytesMax) break;
    fresh_bytes_ += size;
    const std::uint64_t position = record.position();
    fresh_[position] = {std::move(record), std::max(head, step.position), now};
  }
  return absl::OkStatus();
}

void Relay::StartDue() {
  const absl::Time now = parts_.clock.Now();
  while (breaker_.Room(now, sent_.size(), sender_->capacity()) > 0) {
    const std::optional<Position> position = state_->Begin(now);
    if (!position.has_value()) return;
    StartOne(*position, now);
  }
}

void Relay::StartOne(Position position, absl::Time now) {
  absl::StatusOr<std::vector<log::v1::Record>> records = Decide(position, now);
  if (!records.ok()) {
    trouble_ = records.status();
    state_->Postpone(position, now + kFeedRetry);
    return;
  }
  changed_ = true;
  if (feed_ != nullptr) trouble_ = absl::OkStatus();
  if (records->empty()) {
    state_->Finish(position);
    return;
  }
  const log::v1::Record& record = records->front();
  absl::StatusOr<cloudevents::CloudEvent> event = cloudevents::FromRecord(record);
  if (!event.ok()) {
    state_->SetAside(position, {.at = now,
                                .delay = {},
                                .refused = true,
                                .because = Words(event.status()),
                                .event_id = record.event().event_id(),
                                .type = record.event().type()});
    return;
  }
  sent_[position.value] = {now, record.event().event_id(), record.event().type()};
  const std::string category = record.stream().substr(0, record.stream().find('/'));
  sender_->Start({position, category, record.event().type(), *std::move(event)});
}

// The record as the subscriber may see it now; none when it may not.
absl::StatusOr<std::vector<log::v1::Record>> Relay::Decide(Position position, absl::Time now) {
  std::vector<log::v1::Record> records;
  if (const auto found = fresh_.find(position.value); found != fresh_.end()) {
    ASSIGN_OR_RETURN(const Position head, parts_.log.Head());
    const bool still_holds =
        head <= found->second.known && now - found->second.decided_at <= kFreshFor;
    fresh_bytes_ -= std::min(fresh_bytes_, found->second.record.ByteSizeLong());
    if (still_holds) records.push_back(std::move(found->second.record));
    fresh_.erase(found);
    if (still_holds) return records;
  }
  log::v1::ReadAllRequest request;
  request.set_from_position(position.value);
  request.set_limit(1);
  ASSIGN_OR_RETURN(log::v1::ReadAllResponse page, parts_.log.ReadAll(request));
  if (page.records_size() != 1 || page.records(0).position() != position.value) {
    return Error(absl::StatusCode::kDataLoss, "RECORD_MISSING",
                 absl::StrCat("the log has no event at position ", position.value));
  }
  records.push_back(std::move(*page.mutable_records(0)));
  return parts_.feeds.Filter(subscriber_id_, std::move(records), log::v1::DIRECTION_FORWARD);
}

void Relay::Take(const Outcome& outcome) {
  const absl::Time now = parts_.clock.Now();
  changed_ = true;
  if (outcome.kind == Outcome::Kind::kDelivered) {
    state_->Delivered(outcome.position, now);
    breaker_.Worked();
    ++delivered_;
  } else {
    TakeFailure(outcome, now);
  }
  sent_.erase(outcome.position.value);
}

void Relay::TakeFailure(const Outcome& outcome, absl::Time now) {
  const Sent& sent = sent_.at(outcome.position.value);
  ++failures_;
  last_failure_ = outcome.because;
  if (outcome.kind == Outcome::Kind::kGone) {
    state_->Postpone(outcome.position, now);
    MutexLock lock(mutex_);
    stopped_ = outcome.because;
    return;
  }
  if (outcome.kind == Outcome::Kind::kRefused) {
    breaker_.Worked();
  } else {
    breaker_.Failed(now);
  }
  absl::Duration delay = RetryDelay(state_->queue().Tries(outcome.position) + 1, parts_.random);
  if (outcome.retry_after.has_value()) {
    delay = std::max(delay, std::min(*outcome.retry_after, kRetryAfterMax));
    if (outcome.kind == Outcome::Kind::kUnavailable) breaker_.PauseUntil(now + delay);
  }
  state_->Fail(outcome.position, {.at = now,
                                  .delay = delay,
                                  .refused = outcome.kind != Outcome::Kind::kUnavailable,
                                  .because = outcome.because,
                                  .event_id = sent.event_id,
                                  .type = sent.type});
}

void Relay::Report() {
  const absl::Time now = parts_.clock.Now();
  if (now - reported_at_ < (changed_ ? kReportPause : kReportEvery)) return;
  changed_ = false;
  reported_at_ = now;
  const DeliveryQueue& queue = state_->queue();
  sharing::PathStatus status;
  status.subscriber_id = subscriber_id_;
  status.path = std::string(sender_->path());
  {
    MutexLock lock(mutex_);
    status.because = stopped_;
  }
  const bool has_left = queue.size() > queue.dead() + queue.behind_dead();
  if (!status.because.empty()) {
    status.state = sharing::PathState::kStopped;
  } else if (queue.size() >= kRelayWaitingMax && queue.open_streams() == 0) {
    status.state = sharing::PathState::kStopped;
    status.because = "too many events wait behind dead letters: replay or skip these";
  } else if (!trouble_.ok()) {
    const bool is_refusal = trouble_.code() == absl::StatusCode::kFailedPrecondition ||
                            trouble_.code() == absl::StatusCode::kDataLoss;
    status.state = is_refusal ? sharing::PathState::kStopped : sharing::PathState::kRetrying;
    status.because = Words(trouble_);
  } else if (breaker_.is_open() || queue.retrying() > 0) {
    status.state = sharing::PathState::kRetrying;
    status.because = last_failure_;
  } else {
    status.state =
        caught_up_ && !has_left ? sharing::PathState::kLive : sharing::PathState::kBehind;
  }
  const std::optional<Position> lowest = queue.LowestUndelivered();
  status.position = lowest.has_value() ? Position{lowest->value - 1} : state_->position();
  for (const auto& [position, sent] : sent_)
    status.oldest_unacked = std::min(status.oldest_unacked, sent.at);
  status.in_flight = sent_.size();
  status.waiting_for_retry = queue.retrying();
  status.dead_letters = queue.dead();
  status.delivered = delivered_;
  status.failures = failures_;
  parts_.board.Report(std::move(status));
}

}  // namespace mlup::relay
