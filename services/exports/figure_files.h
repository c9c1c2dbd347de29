// A report as the files that others take.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/status.h"
#include "mlup/reports/v1/report_service.pb.h"

namespace mlup::exports {

// What a map may name: indicators by code, each with its dimensions, each with the members that
// there are; none where any text may be one.
using Indicators = std::map<std::string, std::map<std::string, std::set<std::string>>>;

// A report as it leaves: what must be withheld is withheld.
struct Figures {
  // As it was asked for, `2021-Q1`.
  std::string period;
  reports::v1::GetReportResponse report;
  bool suppressed = true;
  // How many values were taken out of it.
  std::size_t withheld = 0;
  Indicators indicators = {};
};

struct File {
  std::string bytes;
  // What stands in a row.
  std::vector<std::string> columns;
  std::size_t rows = 0;
  // Figures with a value that a map does not name, `code` or `code{dimension=member}`.
  std::vector<std::string> not_named = {};
  // Rows that say that there is no value any more.
  std::size_t deleted = 0;
};

// Leaves out the parts that are one record each (a household, an institution, a group), which the
// ids of records name: no id of ours leaves in a figure. Also the rows of how many members there
// are, which nobody is to add to those of the members: they are in another unit than these.
void KeepTotalsAndParts(reports::v1::GetReportResponse& report);

// All writers are pure and give the same bytes for the same report. Notes, which are texts, and how
// many events stand behind a row are in none of the files.

// RFC 4180, UTF-8, with a line of names and a line of HXL tags, a line for each row. A text that a
// spreadsheet would take for a formula begins with an apostrophe.
File WriteCsv(const Figures& figures);

// The same table, numbers as numbers, and a sheet that says what it is. INTERNAL XLSX_FAILED where
// there is no room for it.
absl::StatusOr<File> WriteXlsx(const Figures& figures);

// One object with the rows as objects.
File WriteJson(const Figures& figures);

// dataValueSets of DHIS2, by a map (deploy/exports). Every cell that the map names and that has no
// value is there as deleted, so that sending the file again after a restatement leaves nothing old
// behind. INVALID_ARGUMENT MAP_INVALID with the place in the map; EXPORT_PERIOD where DHIS2 has no
// such period.
absl::StatusOr<File> WriteDataValues(const Figures& figures, std::string_view map);

// An activity of IATI 2.03 with results, by a map (deploy/exports). Errors as above.
absl::StatusOr<File> WriteActivity(const Figures& figures, std::string_view map);

}  // namespace mlup::exports
