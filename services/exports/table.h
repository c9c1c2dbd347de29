// The table of a report that CSV and XLSX share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/exports/figure_files.h"

namespace mlup::exports {

struct Column {
  std::string_view name;
  // Hashtag and attributes of HXL 1.1.
  std::string_view tag;
  bool is_number = false;
};

// Pure, as all below.
const std::vector<Column>& Columns();

// A field for each column; empty where there is nothing to say.
std::vector<std::string> FieldsOf(const reports::v1::Row& row,
                                  const reports::v1::GetReportResponse& report);

// `code`, or `code{dimension=member}` of a part.
std::string CellText(const reports::v1::Cell& cell);

// Whether rows of the dimension are of places, by their gazetteer code.
bool IsOfPlaces(std::string_view dimension);

}  // namespace mlup::exports
