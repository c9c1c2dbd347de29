// The rules of a report: published with its knowledge cut, once the entry of its period is
// finished.
#pragma once

#include "services/domain/aggregate.h"

namespace mlup::domain {

struct ReportState;

// PERIOD_NOT_CLOSED; INVALID_ARGUMENT KNOWN_IN_FUTURE.
const Aggregate<ReportState>& Report();

}  // namespace mlup::domain
