#include "services/network/organisation_rules.h"

namespace mlup::network {

void Evolve(OrganisationState& state, const pb::NetworkEvent& event, const command::EventInfo&) {
  switch (event.kind_case()) {
    case pb::NetworkEvent::kPartnershipAgreed:
      state.partnerships.insert(event.partnership_agreed().kind());
      return;
    case pb::NetworkEvent::kPartnershipEnded:
      state.partnerships.erase(event.partnership_ended().kind());
      return;
    case pb::NetworkEvent::kContextPeriodStarted:
      state.context_periods.insert(event.context_period_started().context_id());
      return;
    case pb::NetworkEvent::kContextPeriodEnded:
      state.context_periods.erase(event.context_period_ended().context_id());
      return;
    case pb::NetworkEvent::kGroupMemberJoined:
    case pb::NetworkEvent::kGroupMemberLeft:
    case pb::NetworkEvent::kReportPublished:
    case pb::NetworkEvent::kEntryVoided:
    case pb::NetworkEvent::kDetailsCorrected:
    case pb::NetworkEvent::kOrganisationRegistered:
    case pb::NetworkEvent::kOrganisationAliasAdded:
    case pb::NetworkEvent::kTechnicalSupportProvided:
    case pb::NetworkEvent::kProgrammeTargetAreaDefined:
    case pb::NetworkEvent::kGroupFormed:
    case pb::NetworkEvent::kContextFigureQuoted:
    case pb::NetworkEvent::kReportPeriodClosed:
    case pb::NetworkEvent::kReportNarrativeWritten:
    case pb::NetworkEvent::kDocumentAttached:
    case pb::NetworkEvent::KIND_NOT_SET:
      return;
  }
}

Decision Decide(const OrganisationState& state, const pb::EndPartnershipRequest& request,
                const command::RuleContext&) {
  if (!state.partnerships.contains(request.partnership_ended().kind())) {
    return command::Refuse("NOT_PARTNER", "no partnership of this kind is in force");
  }
  pb::NetworkEvent event;
  *event.mutable_partnership_ended() = request.partnership_ended();
  return command::Accept(std::move(event));
}

Decision Decide(const OrganisationState& state, const pb::EndContextPeriodRequest& request,
                const command::RuleContext&) {
  if (!state.context_periods.contains(request.context_period_ended().context_id())) {
    return command::Refuse("NOT_STARTED", "no context period of this id is open");
  }
  pb::NetworkEvent event;
  *event.mutable_context_period_ended() = request.context_period_ended();
  return command::Accept(std::move(event));
}

}  // namespace mlup::network
