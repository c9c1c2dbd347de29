// What the records name and nobody has entered: for people who look after the data.
#pragma once

#include <vector>

#include "mlup/reports/v1/report_service.pb.h"
#include "projections/counting/counted_facts.h"

namespace mlup::counting {

// Every record and kit that a living event up to a position names and that is not there, in order
// of position. Reads every fact again. Any thread. What the source says.
absl::StatusOr<std::vector<reports::v1::QualityFinding>> FindUnregistered(const CountedFacts& facts,
                                                                          Position up_to);

}  // namespace mlup::counting
