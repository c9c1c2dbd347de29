// The rules of an organisation: a partnership or a context period ends only where one began.
#pragma once

#include "services/domain/aggregate.h"

namespace mlup::domain {

struct OrganisationState;

// NOT_PARTNER, NOT_STARTED.
const Aggregate<OrganisationState>& Organisation();

}  // namespace mlup::domain
