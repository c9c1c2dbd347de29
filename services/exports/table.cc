#include "services/exports/table.h"

#include "absl/strings/str_cat.h"

#include "eventstore/base/status.h"
#include "projections/counting/enum_words.h"
#include "projections/counting/record_rows.h"
#include "projections/provinces.h"

namespace mlup::exports {
namespace {

// `KH02`: provinces as other systems know them.
std::string PcodeOf(const reports::v1::Cell& cell) {
  if (!IsOfPlaces(cell.dimension())) return "";
  const projections::Province* province = projections::FindProvince(cell.member());
  return province == nullptr ? "" : absl::StrCat("KH", ToAbsl(province->code));
}

}  // namespace

const std::vector<Column>& Columns() {
  static const auto& columns =
      *new std::vector<Column>({{"indicator", "#indicator+code"},
                                {"name", "#indicator+name"},
                                {"dimension", "#group+dimension"},
                                {"member", "#group+member"},
                                {"province", "#adm1+code+v_pcode"},
                                {"unit", "#meta+unit"},
                                {"value", "#indicator+value+num", true},
                                {"planned", "#indicator+planned+num", true},
                                {"head_count", "#indicator+headcount+num", true},
                                {"why_none", "#status+why"},
                                {"first_day", "#date+start"},
                                {"last_day", "#date+end"},
                                {"as_known_at", "#date+known"}});
  return columns;
}

std::vector<std::string> FieldsOf(const reports::v1::Row& row,
                                  const reports::v1::GetReportResponse& report) {
  return {row.cell().code(),
          row.name(),
          row.cell().dimension(),
          row.cell().member(),
          PcodeOf(row.cell()),
          counting::EnumWord(reports::v1::Unit_descriptor(), row.unit()),
          row.value(),
          row.planned_value(),
          row.headcount(),
          counting::EnumWord(reports::v1::WhyNone_descriptor(), row.why_none()),
          report.first_day(),
          report.last_day(),
          report.as_known_at()};
}

std::string CellText(const reports::v1::Cell& cell) {
  if (cell.dimension().empty()) return cell.code();
  return absl::StrCat(cell.code(), "{", cell.dimension(), "=", cell.member(), "}");
}

bool IsOfPlaces(std::string_view dimension) {
  return dimension == "province" || dimension == "residence" || dimension == "activity_province";
}

void KeepTotalsAndParts(reports::v1::GetReportResponse& report) {
  std::vector<reports::v1::Row> rows(report.rows().begin(), report.rows().end());
  counting::KeepTotalsAndParts(rows);
  *report.mutable_rows() = {rows.begin(), rows.end()};
}

}  // namespace mlup::exports
