// Rows of reports as a person or a program reads them.
#pragma once

#include <string>

#include "mlup/reports/v1/report_service.pb.h"

namespace mlup::cli {

// A number of a row as people write it: money in the form of the currency that the row is of,
// `USD 12.50`; others as they stand.
std::string NumberWords(const reports::v1::Row& row, const std::string& number);

// The value, or why there is none: `4`, `not counted`, `planned 10`.
std::string ValueWords(const reports::v1::Row& row);

// What must be said beside a value: restatements, uncounted parts, head-counts, facts without a
// day.
std::string MarkWords(const reports::v1::Row& row);

// `children_served{sex=female}`, or the code alone for a total.
std::string CellWords(const reports::v1::Cell& cell);

// `sex = female`; a province with its name, `province = 02 Battambang`.
std::string MemberWords(const reports::v1::Cell& cell);

// A flat object: code, dimension, member, name, unit, value or why_none, evidence_count and what
// else is set. Money is in the smallest unit, and beside it as people write it.
std::string RowJson(const reports::v1::Row& row);

// The report with its rows as RowJson() prints them, one a line.
std::string ReportJson(const std::string& period, const reports::v1::GetReportResponse& report);

}  // namespace mlup::cli
