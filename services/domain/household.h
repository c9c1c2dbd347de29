// The rules of a household: who belongs to it, merges, and its life as a foster family.
#pragma once

#include <string>

#include "eventstore/base/status.h"
#include "services/domain/aggregate.h"

namespace mlup::domain {

struct HouseholdState;

// ALREADY_MEMBER, NOT_MEMBER; ALREADY_MERGED, SURVIVOR_UNKNOWN, APPROVAL_MISSING, NOT_MERGED; of a
// foster family FOSTER_FAMILY_STATE, FOSTER_FAMILY_NOT_APPROVED, FOSTER_FAMILY_FULL,
// FOSTER_CHILDREN_PRESENT.
const Aggregate<HouseholdState>& Household();

// A child may be placed in foster care with the household: approved, and the child lives there.
// FOSTER_FAMILY_NOT_APPROVED, CHILD_NOT_IN_FAMILY.
absl::Status NeedFosterFamily(const HouseholdState& household, const std::string& child_id);

}  // namespace mlup::domain
