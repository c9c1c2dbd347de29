// The rules of a donation: set aside for a use only as far as it was received.
#pragma once

#include "mlup/donations/v1/donation_service.pb.h"
#include "services/command/rule_context.h"
#include "services/donations/quantities.h"

namespace mlup::donations {

namespace pb = ::mlup::donations::v1;
using Decision = command::Decision<pb::DonationEvent>;

// What the rules remember of a donation's stream.
struct DonationState {
  bool received = false;
  Quantities goods;
};

void Evolve(DonationState& state, const pb::DonationEvent& event, const command::EventInfo& info);

// DONATION_UNKNOWN, MORE_THAN_RECEIVED.
Decision Decide(const DonationState& state, const pb::AllocateDonationRequest& request,
                const command::RuleContext& context);

}  // namespace mlup::donations
