#include "services/domain/organisation.h"

#include <set>

#include "mlup/network/v1/network_events.pb.h"

namespace mlup::domain {

namespace network_pb = ::mlup::network::v1;

struct OrganisationState {
  // Kinds agreed and not ended; agreeing again renews.
  std::set<network_pb::PartnershipKind> partnerships;
  // Ids of context periods begun and not ended.
  std::set<std::string> context_periods;
};

namespace {

void On(OrganisationState& state, const network_pb::PartnershipAgreed& agreed, const EventInfo&) {
  state.partnerships.insert(agreed.kind());
}

void On(OrganisationState& state, const network_pb::PartnershipEnded& ended, const EventInfo&) {
  state.partnerships.erase(ended.kind());
}

void On(OrganisationState& state, const network_pb::ContextPeriodStarted& started,
        const EventInfo&) {
  state.context_periods.insert(started.context_id());
}

void On(OrganisationState& state, const network_pb::ContextPeriodEnded& ended, const EventInfo&) {
  state.context_periods.erase(ended.context_id());
}

absl::Status May(const OrganisationState& state, const network_pb::PartnershipEnded& ended,
                 const RuleContext&) {
  if (state.partnerships.contains(ended.kind())) return absl::OkStatus();
  return Refuse("NOT_PARTNER", "no partnership of this kind is in force",
                "record it first with partnership_agreed");
}

absl::Status May(const OrganisationState& state, const network_pb::ContextPeriodEnded& ended,
                 const RuleContext&) {
  if (state.context_periods.contains(ended.context_id())) return absl::OkStatus();
  return Refuse("NOT_STARTED", "no context period of this id is open",
                "record it first with context_period_started");
}

}  // namespace

const Aggregate<OrganisationState>& Organisation() {
  static const auto& rules = Aggregate<OrganisationState>::Make("organisation")
                                 .On<network_pb::PartnershipAgreed>(On)
                                 .On<network_pb::PartnershipEnded>(On)
                                 .On<network_pb::ContextPeriodStarted>(On)
                                 .On<network_pb::ContextPeriodEnded>(On)
                                 .May<network_pb::PartnershipEnded>(May)
                                 .May<network_pb::ContextPeriodEnded>(May);
  return rules;
}

}  // namespace mlup::domain
