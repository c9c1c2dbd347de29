#include "services/domain/report.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mlup/network/v1/network_events.pb.h"
#include "mlup/network/v1/outcome_events.pb.h"
#include "services/domain/person.h"

namespace mlup::domain {

namespace network_pb = ::mlup::network::v1;

struct ReportState {
  // Periods whose entry is finished, for example `2021-Q1`.
  std::set<std::string> closed_periods;
  // Ids of reports.
  std::set<std::string> published;
  // By code of the report and period: the id of the one that stands.
  std::map<std::pair<std::string, std::string>, std::string> standing;
};

namespace {

void On(ReportState& state, const network_pb::ReportPeriodClosed& closed, const EventInfo&) {
  state.closed_periods.insert(closed.period());
}

absl::Status May(const ReportState& state, const network_pb::ReportPublished& report,
                 const RuleContext& context) {
  const std::optional<Day> known = ParseDay(report.as_known_at());
  if (!known || *known > context.today) {
    return FieldError(absl::StatusCode::kInvalidArgument, "KNOWN_IN_FUTURE",
                      "report_published.as_known_at", "a day up to today is required");
  }
  if (!state.closed_periods.contains(report.period())) {
    return Refuse("PERIOD_NOT_CLOSED", "the entry of the period is not finished",
                  "close it first with report_period_closed", ".period");
  }
  if (!state.standing.contains({report.report_code(), report.period()})) return absl::OkStatus();
  return Refuse("REPORT_ALREADY_PUBLISHED", "this report of the period is published",
                "say why another one takes its place with report_restated", ".period");
}

void On(ReportState& state, const network_pb::ReportPublished& report, const EventInfo&) {
  state.published.insert(report.report_id());
  state.standing[{report.report_code(), report.period()}] = report.report_id();
}

void On(ReportState& state, const network_pb::ReportRestated& restated, const EventInfo&) {
  std::erase_if(state.standing, [&restated](const auto& one) {
    return one.second == restated.restates_report_id();
  });
}

absl::Status May(const ReportState& state, const network_pb::ReportRestated& restated,
                 const RuleContext&) {
  if (state.published.contains(restated.restates_report_id())) return absl::OkStatus();
  return Refuse("REPORT_NOT_PUBLISHED", "no report with this id is published on this record",
                "name one that was published with report_published", ".restates_report_id");
}

std::vector<std::string> Reads(const network_pb::StoryPublished& story) {
  std::vector<std::string> streams;
  streams.reserve(static_cast<std::size_t>(story.shown_size()));
  for (const auto& shown : story.shown()) streams.push_back("person/" + shown.person_id());
  return streams;
}

absl::Status May(const ReportState&, const network_pb::StoryPublished& story,
                 const RuleContext& context) {
  const Day day = context.occurred ? context.occurred->first : context.today;
  for (const auto& shown : story.shown()) {
    const PersonState& person = context.Of(Person(), "person/" + shown.person_id());
    const auto consent = person.consents.find(shown.consent_event_id());
    if (consent == person.consents.end() ||
        consent->second.purpose != cases::v1::CONSENT_PURPOSE_PUBLICATION_OF_STORY ||
        (consent->second.valid_until && day > *consent->second.valid_until)) {
      return Refuse("CONSENT_MISSING", "a story needs the consent in force of everybody it shows",
                    "record it on each person with consent_recorded and name that event");
    }
    if (consent->second.child_refused) {
      return Refuse("ASSENT_REFUSED", "a child that the story shows does not want it told",
                    "leave the child out, or ask the child again and record what it says with "
                    "consent_recorded");
    }
  }
  return absl::OkStatus();
}

}  // namespace

const Aggregate<ReportState>& Report() {
  static const auto& rules = Aggregate<ReportState>::Make("report")
                                 .On<network_pb::ReportPeriodClosed>(On)
                                 .On<network_pb::ReportPublished>(On)
                                 .On<network_pb::ReportRestated>(On)
                                 .May<network_pb::ReportPublished>(May)
                                 .May<network_pb::ReportRestated>(May)
                                 .May<network_pb::StoryPublished>(May)
                                 .Reads<network_pb::StoryPublished>(Reads);
  return rules;
}

}  // namespace mlup::domain
