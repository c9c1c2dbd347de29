// The rules of a donation: set aside for a use only as far as it was received.
#pragma once

#include "services/domain/aggregate.h"

namespace mlup::domain {

struct DonationState;

// DONATION_UNKNOWN, MORE_THAN_RECEIVED.
const Aggregate<DonationState>& Donation();

}  // namespace mlup::domain
