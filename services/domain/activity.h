// The rules of an activity: planned or not, held once or cancelled, then attended and counted.
#pragma once

#include "services/domain/aggregate.h"

namespace mlup::domain {

struct ActivityState;

// ALREADY_HELD, ACTIVITY_CANCELLED, NOT_PLANNED, ACTIVITY_NOT_HELD, ALREADY_ATTENDED,
// HEADCOUNT_EXISTS, EVENT_NOT_ON_STREAM; INVALID_ARGUMENT PARTS_EXCEED_WHOLE.
const Aggregate<ActivityState>& Activity();

}  // namespace mlup::domain
