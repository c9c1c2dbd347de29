#include "services/exports/table.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "eventstore/base/status.h"
#include "eventstore/base/uuid.h"
#include "projections/counting/enum_words.h"
#include "projections/provinces.h"

namespace mlup::exports {
namespace {

// `KH02`: provinces as other systems know them.
std::string PcodeOf(const reports::v1::Cell& cell) {
  if (!IsOfPlaces(cell.dimension())) return "";
  const projections::Province* province = projections::FindProvince(cell.member());
  return province == nullptr ? "" : absl::StrCat("KH", ToAbsl(province->code));
}

// Members may be two values, with a space between.
bool HoldsUuid(const std::string& member) {
  const std::vector<std::string> words = absl::StrSplit(member, ' ');
  return std::ranges::any_of(words, [](const std::string& word) { return IsUuid(word); });
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
  std::set<std::pair<std::string, std::string>> of_records;
  for (const reports::v1::Row& row : report.rows()) {
    const reports::v1::Cell& cell = row.cell();
    if (HoldsUuid(cell.member())) of_records.insert({cell.code(), cell.dimension()});
  }
  auto& rows = *report.mutable_rows();
  const auto left = std::remove_if(rows.begin(), rows.end(), [&](const reports::v1::Row& row) {
    const reports::v1::Cell& cell = row.cell();
    const bool is_number_of_members = !cell.dimension().empty() && cell.member().empty();
    return is_number_of_members || of_records.contains({cell.code(), cell.dimension()});
  });
  rows.erase(left, rows.end());
}

}  // namespace mlup::exports
