// The rules of a mentor's match with a young person.
#pragma once

#include "services/domain/aggregate.h"

namespace mlup::domain {

struct MentorshipState;

// MentorMatched: SAME_PERSON_MATCHED. MentorMatchEnded: MATCH_NOT_OPEN.
const Aggregate<MentorshipState>& Mentorship();

}  // namespace mlup::domain
