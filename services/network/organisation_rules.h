// The rules of an organisation: a partnership or a context period ends only where one began.
#pragma once

#include <set>
#include <string>

#include "mlup/network/v1/network_service.pb.h"
#include "services/command/rule_context.h"

namespace mlup::network {

namespace pb = ::mlup::network::v1;
using Decision = command::Decision<pb::NetworkEvent>;

// What the rules remember of an organisation's stream.
struct OrganisationState {
  // Kinds of partnership agreed and not ended; agreeing again renews.
  std::set<pb::PartnershipKind> partnerships;
  // Ids of context periods begun and not ended.
  std::set<std::string> context_periods;
};

void Evolve(OrganisationState& state, const pb::NetworkEvent& event,
            const command::EventInfo& info);

// NOT_PARTNER.
Decision Decide(const OrganisationState& state, const pb::EndPartnershipRequest& request,
                const command::RuleContext& context);

// NOT_STARTED.
Decision Decide(const OrganisationState& state, const pb::EndContextPeriodRequest& request,
                const command::RuleContext& context);

}  // namespace mlup::network
