// The rules of a group of cases.
#pragma once

#include "services/domain/aggregate.h"

namespace mlup::domain {

struct CaseGroupState;

// CaseGroupMemberAdded: ALREADY_MEMBER.
const Aggregate<CaseGroupState>& CaseGroup();

}  // namespace mlup::domain
