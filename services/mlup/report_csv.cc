#include "services/mlup/report_csv.h"

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

#include "projections/counting/suppression.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

using reports::v1::Row;

// Names of the columns, and their tags.
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kColumns = {
    {{"indicator", "#indicator+code"},
     {"name", "#indicator+name"},
     {"dimension", "#group+dimension"},
     {"member", "#group+member"},
     {"unit", "#meta+unit"},
     {"value", "#indicator+value+num"},
     {"planned", "#indicator+planned+num"},
     {"head_count", "#indicator+headcount+num"},
     {"why_none", "#status+why"},
     {"first_day", "#date+start"},
     {"last_day", "#date+end"},
     {"as_known_at", "#date+known"}}};

std::string Quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

std::string Line(const std::vector<std::string>& fields) {
  return absl::StrCat(absl::StrJoin(fields, ",",
                                    [](std::string* out, const std::string& field) {
                                      absl::StrAppend(out, Quoted(field));
                                    }),
                      "\r\n");
}

std::string RowLine(const Row& row, const reports::v1::GetReportResponse& report) {
  return Line(
      {row.cell().code(), row.name(), row.cell().dimension(), row.cell().member(),
       EnumCode(*reports::v1::Unit_descriptor(), row.unit()), row.value(), row.planned_value(),
       row.headcount(),
       row.why_none() == 0 ? "" : EnumCode(*reports::v1::WhyNone_descriptor(), row.why_none()),
       report.first_day(), report.last_day(), report.as_known_at()});
}

}  // namespace

std::string ReportCsv(const reports::v1::GetReportResponse& report) {
  std::vector<std::string> names;
  std::vector<std::string> tags;
  names.reserve(kColumns.size());
  tags.reserve(kColumns.size());
  for (const auto& [name, tag] : kColumns) {
    names.emplace_back(name);
    tags.emplace_back(tag);
  }
  std::string csv = Line(names) + Line(tags);
  std::vector<Row> rows(report.rows().begin(), report.rows().end());
  counting::WithholdSmall(rows);
  for (const Row& row : rows) csv += RowLine(row, report);
  return csv;
}

}  // namespace mlup::cli
