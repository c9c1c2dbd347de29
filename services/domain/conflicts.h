// Conflicts, which may be found on any record: all that was said stands there until a person has
// looked at it.
#pragma once

#include <map>
#include <set>
#include <string>

#include "services/domain/aggregate.h"

namespace mlup::domain {

struct ConflictState {
  // Request ids of what was said, by the id of the event that tells of it; until it is resolved.
  std::map<std::string, std::set<std::string>> open;
};

// ConflictDetected: INVALID_ARGUMENT FIELD_UNKNOWN, ENTRY_TWICE, VALUES_MISSING, VALUE_PLACE.
// ConflictResolved: CONFLICT_NOT_OPEN, ENTRY_UNKNOWN.
const Aggregate<ConflictState>& Conflicts();

}  // namespace mlup::domain
