// The aggregates of the domain.
#pragma once

#include <vector>

#include "services/domain/aggregate.h"

namespace mlup::domain {

// Every aggregate once; a new one is its page and a line here.
const std::vector<const AnyAggregate*>& Aggregates();

}  // namespace mlup::domain
