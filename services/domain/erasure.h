// The rule of the erasure of a person's data.
#pragma once

#include "services/domain/aggregate.h"

namespace mlup::domain {

// Each stream holds one event, so that there is nothing to follow.
struct ErasureState {};

// PersonDataErased: APPROVAL_MISSING, NOTHING_SEALED, RETENTION_HOLD.
const Aggregate<ErasureState>& Erasure();

}  // namespace mlup::domain
