// The rules of an indicator and of a harvested outcome.
#pragma once

#include "services/domain/aggregate.h"

namespace mlup::domain {

struct IndicatorState;

// IndicatorDefined: INDICATOR_VERSION, OTHER_INDICATOR. OutcomeSubstantiated: EVENT_NOT_ON_STREAM,
// SAME_PERSON_HARVESTED.
const Aggregate<IndicatorState>& Indicator();

}  // namespace mlup::domain
