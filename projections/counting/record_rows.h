// Parts of figures that are one record each.
#pragma once

#include <vector>

#include "mlup/reports/v1/report_service.pb.h"

namespace mlup::counting {

// Leaves out the parts that are one record each (a household, an institution, a group), with all
// others of their dimension: no id of ours leaves in a figure. Stands before WithholdSmall()
// wherever figures are for others. Pure; any thread.
void LeaveOutRecords(std::vector<reports::v1::Row>& rows);

}  // namespace mlup::counting
