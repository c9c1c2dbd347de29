// The rules of a distribution: goods go to named recipients, and never more comes back than went
// out.
#pragma once

#include "services/domain/aggregate.h"

namespace mlup::domain {

struct DistributionState;

// DISTRIBUTION_UNKNOWN, EVENT_NOT_ON_STREAM, MORE_THAN_GIVEN; INVALID_ARGUMENT NOTHING_GIVEN,
// KIT_INCOMPLETE, RECIPIENT_REQUIRED, RECIPIENT_MISPLACED.
const Aggregate<DistributionState>& Distribution();

}  // namespace mlup::domain
