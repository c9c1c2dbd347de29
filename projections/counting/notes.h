// What a report shows and never counts: context and texts.
#pragma once

#include <vector>

#include "mlup/reports/v1/report_service.pb.h"
#include "projections/counting/counted_facts.h"
#include "projections/counting/world.h"

namespace mlup::counting {

// The events of the context and text indicators that were recorded for this period or happened in
// it, in order of position. What the source says.
absl::StatusOr<std::vector<reports::v1::Note>> FindNotes(const CountedFacts& facts,
                                                         const World& world,
                                                         const DayRange& period);

}  // namespace mlup::counting
