// A feed is a subscription and a judge.
#include "services/sharing/log_feed_source.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/bus/subscription.h"
#include "eventstore/log/history.h"
#include "eventstore/log/read_rules.h"
#include "services/sharing/concern.h"
#include "services/sharing/judge.h"

namespace mlup::sharing {
namespace {

// How long a single decision may wait for the consents.
constexpr absl::Duration kConsentWait = absl::Seconds(5);
// How long one call goes on with what is recalled.
constexpr absl::Duration kRecallTime = absl::Milliseconds(200);
// How long a feed waits for the consents at least, when there is something to decide: they are
// milliseconds behind.
constexpr absl::Duration kConsentPatience = absl::Milliseconds(500);

// What to read: what the subscriber asks for, or else what it may see, and what may follow it.
log::v1::SubscribeRequest ToRead(const v1::Agreement& agreement,
                                 log::v1::SubscribeRequest request) {
  const log::v1::Filter& asked = request.filter();
  const int longest = std::max({asked.categories_size(), asked.types_size(),
                                asked.stream_prefixes_size(), asked.type_prefixes_size()});
  const bool narrows =
      asked.ByteSizeLong() > 0 && static_cast<std::size_t>(longest) <= kAgreementFilterEntriesMax;
  *request.mutable_filter() = WithConcerns(narrows ? asked : agreement.filter());
  request.set_include_system(false);
  return request;
}

class LogFeed final : public Feed {
 public:
  LogFeed(const LogFeedSource::Parts& parts, v1::Subscriber subscriber,
          const log::v1::SubscribeRequest& request)
      : log_(parts.log),
        clock_(parts.clock),
        subscribers_(parts.subscribers),
        subscriber_(std::move(subscriber)),
        judge_({parts.log, subscriber_, parts.consents, parts.consent_worker, parts.ledger,
                parts.clock}),
        wanted_(request.filter()),
        chooses_position_(!request.from_end() && !request.has_from_time()),
        subscription_(parts.log, ToRead(subscriber_.agreement(), request)),
        position_{request.after_position()},
        history_(request.history()),
        recalled_(request.after_position() == subscriber_.begin_after()) {}

  // Only what operators see is at stake; Recall() finds the rest.
  ~LogFeed() override {
    if (told_) judge_.End(position_).IgnoreError();
  }
  LogFeed(const LogFeed&) = delete;
  LogFeed& operator=(const LogFeed&) = delete;

  absl::StatusOr<FeedStep> Next(absl::Duration timeout) override {
    RETURN_IF_ERROR(subscribers_.Holds(subscriber_));
    const absl::Time deadline = clock_.Now() + timeout;
    if (!recalled_) {
      RETURN_IF_ERROR(log::CheckHistory(log_, position_, history_));
      ASSIGN_OR_RETURN(recalled_,
                       judge_.Recall(position_, std::max(deadline, clock_.Now() + kRecallTime)));
      if (!recalled_) return Idle();
    }
    while (true) {
      const absl::Duration left = std::max(absl::ZeroDuration(), deadline - clock_.Now());
      if (!message_.has_value()) {
        ASSIGN_OR_RETURN(message_, subscription_.Next(left));
        RETURN_IF_ERROR(subscribers_.Holds(subscriber_));
      }
      ASSIGN_OR_RETURN(const std::optional<FeedStep> step, Finish(left));
      if (!step.has_value()) return Idle();
      was_caught_up_ = step->caught_up;
      if (!step->records.empty() || step->caught_up) return *step;
      if (deadline <= clock_.Now()) return Idle();
    }
  }

 private:
  // Decides about the message at hand and lets go of it. Nothing when it says nothing, or when the
  // consents are not known in time: then the message stays.
  absl::StatusOr<std::optional<FeedStep>> Finish(absl::Duration timeout) {
    if (message_->kind_case() == log::v1::SubscribeResponse::KIND_NOT_SET) {
      message_.reset();
      RETURN_IF_ERROR(judge_.CheckAgreement());
      return std::optional<FeedStep>();
    }
    const absl::StatusOr<Position> head = judge_.Prepare(std::max(timeout, kConsentPatience));
    // Where it is not known yet where the feed begins, there is no position to tell.
    const bool may_wait = told_ || chooses_position_;
    if (absl::IsUnavailable(head.status()) && may_wait) return std::optional<FeedStep>();
    RETURN_IF_ERROR(head.status());
    FeedStep step;
    if (message_->has_batch()) {
      RETURN_IF_ERROR(DecideOn(message_->batch(), step));
    } else {
      RETURN_IF_ERROR(judge_.Pass(subscription_.position()));
      position_ = {message_->has_caught_up() ? message_->caught_up().position()
                                             : message_->checkpoint().position()};
    }
    history_ = message_->history();
    told_ = true;
    step.caught_up = subscription_.position() >= *head;
    if (step.caught_up && position_ < subscription_.position()) {
      // What follows the last record was looked at too.
      ASSIGN_OR_RETURN(history_, log::HistoryAt(log_, subscription_.position()));
      position_ = subscription_.position();
    }
    step.position = position_;
    step.history = history_;
    message_.reset();
    return std::optional<FeedStep>(std::move(step));
  }

  absl::Status DecideOn(const log::v1::SubscribeResponse::Batch& batch, FeedStep& step) {
    const std::vector<log::v1::Record> records(batch.records().begin(), batch.records().end());
    ASSIGN_OR_RETURN(step.records, judge_.Admit(wanted_, records));
    // The history is that of the records as they are stored.
    auto stored = records.begin();
    for (const log::v1::Record& admitted : step.records) {
      stored = std::find_if(stored, records.end(), [&](const log::v1::Record& record) {
        return record.position() == admitted.position();
      });
      step.histories.push_back(log::HistoryOf(*stored));
    }
    position_ = {records.back().position()};
    return absl::OkStatus();
  }

  FeedStep Idle() const { return {{}, position_, history_, was_caught_up_, {}}; }

  log::EventLog& log_;
  const Clock& clock_;
  const Subscribers& subscribers_;
  const v1::Subscriber subscriber_;
  Judge judge_;
  const log::v1::Filter wanted_;
  const bool chooses_position_;
  log::Subscription subscription_;
  // What was read and is not yet decided.
  std::optional<log::v1::SubscribeResponse> message_;
  // What the caller was told last, if anything.
  Position position_;
  std::uint64_t history_;
  bool told_ = false;
  // Whether the ledger knows what the subscriber has. Who begins where the subscribers file says so
  // has nothing yet.
  bool recalled_;
  bool was_caught_up_ = false;
};

}  // namespace

absl::StatusOr<std::string> LogFeedSource::Authenticate(std::string_view token) const {
  const auto subscriber = parts_.subscribers.FindByToken(token);
  if (subscriber != nullptr) return subscriber->subscriber_id();
  return Error(absl::StatusCode::kUnauthenticated, "TOKEN_UNKNOWN",
               "no subscriber holds this bearer token");
}

absl::StatusOr<v1::Subscriber> LogFeedSource::Find(std::string_view subscriber_id) const {
  const auto subscriber = parts_.subscribers.Find(subscriber_id);
  if (subscriber != nullptr) return *subscriber;
  return Error(
      absl::StatusCode::kNotFound, "SUBSCRIBER_UNKNOWN",
      absl::StrCat("there is no subscriber ", ToAbsl(subscriber_id), " in the subscribers file"));
}

absl::StatusOr<std::unique_ptr<Feed>> LogFeedSource::Open(std::string_view subscriber_id,
                                                          log::v1::SubscribeRequest request) {
  ASSIGN_OR_RETURN(v1::Subscriber subscriber, Find(subscriber_id));
  RETURN_IF_ERROR(log::CheckSubscribe(request));
  return std::make_unique<LogFeed>(parts_, std::move(subscriber), request);
}

absl::StatusOr<std::vector<log::v1::Record>> LogFeedSource::Filter(
    std::string_view subscriber_id, std::vector<log::v1::Record> records,
    log::v1::Direction direction) {
  ASSIGN_OR_RETURN(const v1::Subscriber subscriber, Find(subscriber_id));
  if (records.empty()) return records;
  Judge judge({parts_.log, subscriber, parts_.consents, parts_.consent_worker, parts_.ledger,
               parts_.clock});
  RETURN_IF_ERROR(judge.Prepare(kConsentWait).status());
  // What corrects comes after what it corrects.
  const bool backward = direction == log::v1::DIRECTION_BACKWARD;
  if (backward) std::reverse(records.begin(), records.end());
  ASSIGN_OR_RETURN(std::vector<log::v1::Record> admitted, judge.Admit({}, records, direction));
  if (backward) std::reverse(admitted.begin(), admitted.end());
  return admitted;
}

}  // namespace mlup::sharing
