// Which rows of a report may be for others at all.
#pragma once

#include <vector>

#include "mlup/reports/v1/report_service.pb.h"

namespace mlup::counting {

// Leaves totals and their parts. Gone are parts that are one record each (a household, an
// institution, a group), with all others of their dimension, as no id of ours leaves in a figure;
// and rows that say how many parts there are, which are of another unit than the figure. Stands
// before WithholdSmall() wherever figures are for others. Pure; any thread.
void KeepTotalsAndParts(std::vector<reports::v1::Row>& rows);

}  // namespace mlup::counting
