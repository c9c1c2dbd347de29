// The rules of a club or community group: who is a member joins once and leaves once.
#pragma once

#include "services/domain/aggregate.h"

namespace mlup::domain {

struct GroupState;

// GROUP_UNKNOWN, ALREADY_MEMBER, NOT_MEMBER; INVALID_ARGUMENT ONE_MEMBER_REQUIRED.
const Aggregate<GroupState>& Group();

}  // namespace mlup::domain
