// The rules of a report: published with its knowledge cut, once the entry of its period is
// finished, and then as it stands until it is restated.
#pragma once

#include "services/domain/aggregate.h"

namespace mlup::domain {

struct ReportState;

// ReportPublished: PERIOD_NOT_CLOSED, REPORT_ALREADY_PUBLISHED; INVALID_ARGUMENT KNOWN_IN_FUTURE.
// ReportRestated: REPORT_NOT_PUBLISHED. StoryPublished: CONSENT_MISSING, ASSENT_REFUSED.
const Aggregate<ReportState>& Report();

}  // namespace mlup::domain
