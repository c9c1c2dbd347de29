#include "services/network/report_rules.h"

namespace mlup::network {

void Evolve(ReportState& state, const pb::NetworkEvent& event, const command::EventInfo&) {
  switch (event.kind_case()) {
    case pb::NetworkEvent::kReportPeriodClosed:
      state.closed_periods.insert(event.report_period_closed().period());
      return;
    case pb::NetworkEvent::kGroupMemberJoined:
    case pb::NetworkEvent::kGroupMemberLeft:
    case pb::NetworkEvent::kPartnershipEnded:
    case pb::NetworkEvent::kContextPeriodEnded:
    case pb::NetworkEvent::kReportPublished:
    case pb::NetworkEvent::kEntryVoided:
    case pb::NetworkEvent::kDetailsCorrected:
    case pb::NetworkEvent::kOrganisationRegistered:
    case pb::NetworkEvent::kOrganisationAliasAdded:
    case pb::NetworkEvent::kPartnershipAgreed:
    case pb::NetworkEvent::kTechnicalSupportProvided:
    case pb::NetworkEvent::kProgrammeTargetAreaDefined:
    case pb::NetworkEvent::kContextPeriodStarted:
    case pb::NetworkEvent::kGroupFormed:
    case pb::NetworkEvent::kContextFigureQuoted:
    case pb::NetworkEvent::kReportNarrativeWritten:
    case pb::NetworkEvent::kDocumentAttached:
    case pb::NetworkEvent::KIND_NOT_SET:
      return;
  }
}

Decision Decide(const ReportState& state, const pb::PublishReportRequest& request,
                const command::RuleContext& context) {
  const pb::ReportPublished& report = request.report_published();
  const std::optional<Day> known = ParseDay(report.as_known_at());
  if (!known || *known > context.today) {
    return FieldError(absl::StatusCode::kInvalidArgument, "KNOWN_IN_FUTURE",
                      "report_published.as_known_at", "a day up to today is required");
  }
  if (!state.closed_periods.contains(report.period())) {
    return command::Refuse("PERIOD_NOT_CLOSED", "the entry of the period is not finished");
  }
  pb::NetworkEvent event;
  *event.mutable_report_published() = report;
  return command::Accept(std::move(event));
}

}  // namespace mlup::network
