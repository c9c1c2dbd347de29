// The rules of a person's way to work: a work experience ends only where one began.
#pragma once

#include "services/domain/aggregate.h"

namespace mlup::domain {

struct WorkState;

// NOT_STARTED unless the beginning is stated as unknown.
const Aggregate<WorkState>& Work();

}  // namespace mlup::domain
