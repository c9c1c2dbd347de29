// The rules of persons and households: roles, membership, merges, and whose record a fact stands
// on. Pure.
#pragma once

#include "services/cases/record_state.h"

namespace mlup::cases {

using Decision = command::Decision<pb::CaseEvent>;

// OTHER_PERSON, ROLE_ALREADY_HELD (the same role, organisation and group).
Decision Decide(const RecordStates& states, const pb::StartPersonRoleRequest& request,
                const command::RuleContext& context);

// OTHER_PERSON, ROLE_NOT_HELD unless its beginning is stated as unknown.
Decision Decide(const RecordStates& states, const pb::EndPersonRoleRequest& request,
                const command::RuleContext& context);

// ALREADY_MEMBER.
Decision Decide(const RecordStates& states, const pb::AddHouseholdMemberRequest& request,
                const command::RuleContext& context);

// NOT_MEMBER.
Decision Decide(const RecordStates& states, const pb::RemoveHouseholdMemberRequest& request,
                const command::RuleContext& context);

// Both records live, the approval is granted on the stream that ends: OTHER_PERSON, ALREADY_MERGED,
// SURVIVOR_UNKNOWN, APPROVAL_MISSING. Reads the survivor's stream too.
Decision Decide(const RecordStates& states, const pb::MergePersonsRequest& request,
                const command::RuleContext& context);
Decision Decide(const RecordStates& states, const pb::MergeHouseholdsRequest& request,
                const command::RuleContext& context);

// NOT_MERGED unless it names the merge that ended the record.
Decision Decide(const RecordStates& states, const pb::UnmergePersonsRequest& request,
                const command::RuleContext& context);
Decision Decide(const RecordStates& states, const pb::UnmergeHouseholdsRequest& request,
                const command::RuleContext& context);

// A fact on a person's stream is about that person (OTHER_PERSON), a concern on a case's about the
// case's child (OTHER_CHILD).
Decision Decide(const RecordStates& states, const pb::RecordRequest& request,
                const command::RuleContext& context);

}  // namespace mlup::cases
