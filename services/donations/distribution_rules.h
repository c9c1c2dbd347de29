// The rules of a distribution: goods go to named recipients, and never more comes back than went
// out.
#pragma once

#include <map>
#include <string>

#include "mlup/donations/v1/donation_service.pb.h"
#include "services/command/rule_context.h"
#include "services/donations/quantities.h"

namespace mlup::donations {

namespace pb = ::mlup::donations::v1;
using Decision = command::Decision<pb::DonationEvent>;

// Goods given to one recipient, and what came back of them.
struct Handover {
  Quantities given;
  Quantities returned;
};

// What the rules remember of a distribution's stream.
struct DistributionState {
  bool held = false;
  // By the id of the ItemsDistributed.
  std::map<std::string, Handover> handovers;
};

void Evolve(DistributionState& state, const pb::DonationEvent& event,
            const command::EventInfo& info);

// DISTRIBUTION_UNKNOWN; INVALID_ARGUMENT NOTHING_GIVEN, KIT_INCOMPLETE, RECIPIENT_REQUIRED,
// RECIPIENT_MISPLACED.
Decision Decide(const DistributionState& state, const pb::DistributeItemsRequest& request,
                const command::RuleContext& context);

// EVENT_NOT_ON_STREAM, MORE_THAN_GIVEN.
Decision Decide(const DistributionState& state, const pb::ReverseDistributionRequest& request,
                const command::RuleContext& context);

}  // namespace mlup::donations
