// A report as a table for others.
#pragma once

#include <string>

#include "mlup/reports/v1/report_service.pb.h"

namespace mlup::cli {

// CSV (RFC 4180, UTF-8) with a line of names and a line of HXL tags, one line for each row. What it
// holds leaves the installation: small numbers of people are withheld (counting::WithholdSmall).
std::string ReportCsv(const reports::v1::GetReportResponse& report);

}  // namespace mlup::cli
