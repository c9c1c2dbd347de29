// The rules of cases. Pure: each answers with the event to record, or with the reason why not.
//
// A case is opened once, closed while open and reopened while closed. Services, assessments,
// referrals and placements need an open case; a closed one takes aftercare follow-ups. The child
// named is the case's.
#pragma once

#include "services/cases/record_state.h"

namespace mlup::cases {

using Decision = command::Decision<pb::CaseEvent>;

// CASE_ALREADY_OPEN, OTHER_CHILD.
Decision Decide(const RecordStates& states, const pb::OpenCaseRequest& request,
                const command::RuleContext& context);

// CASE_NOT_OPEN, OTHER_CHILD; APPROVAL_MISSING unless another organisation owns the case.
Decision Decide(const RecordStates& states, const pb::CloseCaseRequest& request,
                const command::RuleContext& context);

// CASE_NOT_CLOSED, OTHER_CHILD.
Decision Decide(const RecordStates& states, const pb::ReopenCaseRequest& request,
                const command::RuleContext& context);

// CASE_NOT_OPEN, OTHER_CHILD on a case; no rule on other streams.
Decision Decide(const RecordStates& states, const pb::ProvideServiceRequest& request,
                const command::RuleContext& context);
Decision Decide(const RecordStates& states, const pb::CompleteAssessmentRequest& request,
                const command::RuleContext& context);

// CASE_NOT_OPEN on a case, but for aftercare.
Decision Decide(const RecordStates& states, const pb::ConductFollowUpRequest& request,
                const command::RuleContext& context);

// CASE_NOT_OPEN on a case; CONSENT_MISSING when it goes to another organisation and the consent
// named does not stand on the person's stream in force. Reads `person/<id>` too.
Decision Decide(const RecordStates& states, const pb::MakeReferralRequest& request,
                const command::RuleContext& context);

// CASE_NOT_OPEN, OTHER_CHILD, PLACEMENT_OPEN.
Decision Decide(const RecordStates& states, const pb::StartPlacementRequest& request,
                const command::RuleContext& context);

// PLACEMENT_NOT_OPEN, OTHER_CHILD.
Decision Decide(const RecordStates& states, const pb::EndPlacementRequest& request,
                const command::RuleContext& context);

}  // namespace mlup::cases
