// The rules of a household: who belongs to it, and merges.
#pragma once

#include "services/domain/aggregate.h"

namespace mlup::domain {

struct HouseholdState;

// ALREADY_MEMBER, NOT_MEMBER; ALREADY_MERGED, SURVIVOR_UNKNOWN, APPROVAL_MISSING, NOT_MERGED.
const Aggregate<HouseholdState>& Household();

}  // namespace mlup::domain
