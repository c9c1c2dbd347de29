// An event behind a figure, in words.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "eventstore/base/status.h"
#include "mlup/reports/v1/report_service.pb.h"
#include "projections/counting/report.h"
#include "services/identity/policy.h"
#include "services/query/names.h"

namespace mlup::query {

// The persons that stand in the events by their ids. Events that cannot be read name nobody.
std::set<std::string> PersonsIn(const std::vector<counting::EvidenceEvent>& events);

// Names no person: a person's part is one line of its clear facets. INTERNAL EVENT_TYPE_UNKNOWN;
// DATA_LOSS FACT_DAMAGED.
absl::StatusOr<reports::v1::Evidence> DescribeEvidence(const counting::EvidenceEvent& event,
                                                       const identity::Policy& policy,
                                                       Names& names);

}  // namespace mlup::query
