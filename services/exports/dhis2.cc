// Figures as dataValueSets of DHIS2.
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/days.h"
#include "services/exports/export_map.h"
#include "services/exports/figure_files.h"
#include "services/exports/table.h"

namespace mlup::exports {
namespace {

using nlohmann::ordered_json;

// `2021Q1`, `2021` or `202102`; nothing for other days.
std::optional<std::string> PeriodOf(const reports::v1::GetReportResponse& report) {
  const std::string year = report.first_day().substr(0, 4);
  const auto is = [&report](const std::string& period) {
    const std::optional<DayRange> days = ParsePeriod(period);
    return days && FormatDay(days->first) == report.first_day() &&
           FormatDay(days->last) == report.last_day();
  };
  if (is(year)) return year;
  for (int quarter = 1; quarter <= 4; ++quarter) {
    if (is(absl::StrCat(year, "-Q", quarter))) return absl::StrCat(year, "Q", quarter);
  }
  const std::string month = report.first_day().substr(0, 7);
  if (is(month)) return absl::StrCat(year, month.substr(5));
  return std::nullopt;
}

class DataValues {
 public:
  DataValues(const Dhis2Map& map, const reports::v1::GetReportResponse& report, std::string period)
      : map_(map), period_(std::move(period)) {
    for (const reports::v1::Row& row : report.rows()) {
      if (!row.value().empty()) rows_[CellText(row.cell())] = &row;
    }
  }

  File Write() && {
    for (const Dhis2Map::Value& value : map_.values) Add(value);
    for (const auto& [cell, row] : rows_) {
      if (!sent_.contains(cell) && IsToBeNamed(*row)) file_.not_named.push_back(cell);
    }
    file_.columns = {"dataElement", "period", "orgUnit", "categoryOptionCombo", "value"};
    const ordered_json document = {{"dataElementIdScheme", "code"},
                                   {"orgUnitIdScheme", "code"},
                                   {"categoryOptionComboIdScheme", "code"},
                                   {"dataValues", std::move(values_)}};
    file_.bytes = document.dump(1) + "\n";
    return std::move(file_);
  }

 private:
  void Add(const Dhis2Map::Value& value) {
    if (!value.by.empty()) by_.insert({value.indicator, value.by});
    for (const Dhis2Map::Cell& cell : map_.CellsOf(value)) AddCell(value, cell);
  }

  void AddCell(const Dhis2Map::Value& value, const Dhis2Map::Cell& there) {
    reports::v1::Cell cell;
    cell.set_code(value.indicator);
    cell.set_dimension(value.by);
    cell.set_member(there.member);
    ordered_json json = {
        {"dataElement", value.data_element}, {"period", period_}, {"orgUnit", there.org_unit}};
    if (!there.combo.empty()) json["categoryOptionCombo"] = there.combo;
    if (!map_.attribute_option_combo.empty()) {
      json["attributeOptionCombo"] = map_.attribute_option_combo;
    }
    const std::string text = CellText(cell);
    if (const auto row = rows_.find(text); row != rows_.end()) {
      json["value"] = row->second->value();
      sent_.insert(text);
    } else {
      json["deleted"] = true;
      ++file_.deleted;
    }
    values_.push_back(std::move(json));
    ++file_.rows;
  }

  // Totals, and parts of what is told by its parts.
  bool IsToBeNamed(const reports::v1::Row& row) const {
    const reports::v1::Cell& cell = row.cell();
    if (cell.dimension().empty()) return true;
    return by_.contains({cell.code(), cell.dimension()});
  }

  const Dhis2Map& map_;
  const std::string period_;
  // With a value, by the text of their cell.
  std::map<std::string, const reports::v1::Row*> rows_;
  std::set<std::string> sent_;
  // Which indicators are told by which of their dimensions.
  std::set<std::pair<std::string, std::string>> by_;
  ordered_json values_ = ordered_json::array();
  File file_;
};

}  // namespace

absl::StatusOr<File> WriteDataValues(const Figures& figures, std::string_view map) {
  const std::optional<std::string> period = PeriodOf(figures.report);
  if (!period) {
    return FieldError(absl::StatusCode::kInvalidArgument, "EXPORT_PERIOD", "scope.period",
                      "DHIS2 takes a year, a quarter or a month");
  }
  ASSIGN_OR_RETURN(const Dhis2Map read, ReadDhis2Map(map, figures.indicators));
  return DataValues(read, figures.report, *period).Write();
}

}  // namespace mlup::exports
