// The rules of a case: opened once, closed while open, reopened while closed; one child, at most
// one placement.
#pragma once

#include "services/domain/aggregate.h"

namespace mlup::domain {

struct CaseState;

// Services, assessments, referrals and placements need an open case; a closed one takes aftercare
// follow-ups. The child named is the case's. CASE_ALREADY_OPEN, CASE_NOT_OPEN, CASE_NOT_CLOSED,
// OTHER_CHILD, PLACEMENT_OPEN, PLACEMENT_NOT_OPEN; APPROVAL_MISSING unless another organisation
// owns the case; CONSENT_MISSING where a referral goes to another organisation without a consent in
// force on the person's record.
const Aggregate<CaseState>& Case();

}  // namespace mlup::domain
