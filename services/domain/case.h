// The rules of a case: its life from the first concern to its closing, the work on it, and its
// child's placements, of which one is open at most.
#pragma once

#include "services/domain/aggregate.h"

namespace mlup::domain {

struct CaseState;

// What may follow when is the table in case_life.cc. The child named is the case's. By state
// CASE_ALREADY_OPEN, CASE_NOT_OPEN, CASE_NOT_CLOSED, ALREADY_MERGED, NOT_MERGED, each with what may
// be recorded now; OTHER_CHILD; PLACEMENT_OPEN, PLACEMENT_NOT_OPEN; PLAN_VERSION, GOAL_NOT_OPEN;
// REFERRAL_NOT_OPEN, REFERRAL_NOT_ACCEPTED, TRANSFER_OPEN, TRANSFER_NOT_OPEN, TASK_NOT_OPEN;
// WORKER_ASSIGNED, WORKER_NOT_ASSIGNED; APPROVAL_MISSING, for closing unless another organisation
// owns the case; CONSENT_MISSING where a case or a person is told to another organisation without a
// consent in force on the person's record, or its override.
const Aggregate<CaseState>& Case();

}  // namespace mlup::domain
