// Puts the ledger's totals and the board together.
#include "services/sharing/sharing_service.h"

#include <algorithm>
#include <string>

#include "eventstore/base/days.h"
#include "eventstore/log/timestamp.h"

namespace mlup::sharing {
namespace {

v1::PathReport Describe(const PathStatus& status, Position head) {
  v1::PathReport report;
  report.set_path(status.path);
  report.set_state(std::string(PathStateWord(status.state)));
  report.set_because(status.because);
  report.set_position(status.position.value);
  report.set_lag(head.value - std::min(head.value, status.position.value));
  if (status.last_progress != absl::InfinitePast()) {
    *report.mutable_last_progress() = log::ToTimestamp(status.last_progress);
  }
  if (status.oldest_unacked != absl::InfiniteFuture()) {
    *report.mutable_oldest_unacked() = log::ToTimestamp(status.oldest_unacked);
  }
  report.set_in_flight(status.in_flight);
  report.set_waiting_for_retry(status.waiting_for_retry);
  report.set_dead_letters(status.dead_letters);
  report.set_delivered(status.delivered);
  report.set_failures(status.failures);
  return report;
}

}  // namespace

absl::StatusOr<v1::ListSubscribersResponse> SharingService::ListSubscribers(
    const v1::ListSubscribersRequest&) const {
  v1::ListSubscribersResponse response;
  ASSIGN_OR_RETURN(const Position head, sharing_.log().Head());
  response.set_head(head.value);
  const projections::Following::State consents = sharing_.consent_worker().state();
  response.set_consents_position(consents.position.value);
  response.set_consents_stopped_because(consents.stopped_because);
  for (const v1::Subscriber& subscriber : sharing_.subscribers().all()) {
    *response.add_subscribers() = Describe(subscriber);
  }
  for (const PathStatus& status : sharing_.board().All()) {
    for (v1::SubscriberReport& report : *response.mutable_subscribers()) {
      if (report.subscriber_id() == status.subscriber_id) {
        *report.add_paths() = sharing::Describe(status, head);
      }
    }
  }
  return response;
}

v1::SubscriberReport SharingService::Describe(const v1::Subscriber& subscriber) const {
  v1::SubscriberReport report;
  report.set_subscriber_id(subscriber.subscriber_id());
  report.set_label(subscriber.label());
  report.set_organisation_id(subscriber.organisation_id());
  report.set_purpose(subscriber.purpose());
  report.set_expires_on(subscriber.agreement().expires_on());
  report.set_expired(IsExpired(subscriber.agreement(), DayOf(sharing_.clock().Now())));
  const Ledger::Totals totals = sharing_.ledger().totals(subscriber.subscriber_id());
  report.set_decided_position(totals.position.value);
  report.set_received(totals.received);
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    if (totals.latest[i] == 0 || IsDelivered(outcome) || outcome == Outcome::kUndecided) continue;
    v1::Withheld& withheld = *report.add_withheld();
    withheld.set_reason(std::string(OutcomeWord(outcome)));
    withheld.set_count(totals.latest[i]);
  }
  return report;
}

}  // namespace mlup::sharing
