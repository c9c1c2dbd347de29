// What the rules of a household look at. Its pages share it: household.cc and foster_family.cc.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "mlup/cases/v1/person_events.pb.h"
#include "services/domain/approvals.h"
#include "services/domain/household.h"
#include "services/domain/merge.h"

namespace mlup::domain {

// In the order of the table's names; see foster_family.cc.
enum FosterFamilyStatus : int {
  kNoFosterFamily,
  kFosterFamilyRecruited,
  kFosterFamilyApproved,
  kFosterFamilySuspended,
  kFosterFamilyRetired,
};

struct HouseholdState {
  MergeState merge;
  // Those who belong to it, with their relation to the head.
  std::map<std::string, cases::v1::Relation> members;
  LifeState foster;
  ApprovalState approvals;
  // How many children it may care for as a foster family.
  std::uint32_t capacity = 0;
  // Approvals that its approval as a foster family has used up.
  std::set<std::string> used_approvals;
};

// The states of a foster family and the facts between them.
const Life<HouseholdState>& FosterFamilyLife();

// A foster child comes only where a foster family has room. FOSTER_FAMILY_NOT_APPROVED,
// FOSTER_FAMILY_FULL.
absl::Status NeedRoom(const HouseholdState& state, cases::v1::Relation relation);

void AddFosterFamily(Aggregate<HouseholdState>& rules);

}  // namespace mlup::domain
