// What the records name and nobody has entered: for people who look after the data.
#pragma once

#include <vector>

#include "mlup/reports/v1/report_service.pb.h"
#include "projections/counting/world.h"

namespace mlup::counting {

// Every record and kit that a living event names and that is not there, in order of position. Pure:
// any thread.
std::vector<reports::v1::QualityFinding> FindUnregistered(const FactTable& table,
                                                          const World& world);

}  // namespace mlup::counting
