// Figures as JSON.
#include <nlohmann/json.hpp>

#include "projections/counting/enum_words.h"
#include "services/exports/figure_files.h"

namespace mlup::exports {
namespace {

using nlohmann::ordered_json;

ordered_json OrNull(const std::string& text) {
  return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

ordered_json ObjectOf(const reports::v1::Row& row) {
  ordered_json object = {
      {"code", row.cell().code()},
      {"dimension", OrNull(row.cell().dimension())},
      {"member", OrNull(row.cell().member())},
      {"section", row.section()},
      {"name", row.name()},
      {"unit", counting::EnumWord(reports::v1::Unit_descriptor(), row.unit())},
      {"value", OrNull(row.value())},
      {"why_none", OrNull(counting::EnumWord(reports::v1::WhyNone_descriptor(), row.why_none()))},
      {"planned_value", OrNull(row.planned_value())},
      {"head_count", OrNull(row.headcount())},
      {"and_uncounted", row.and_uncounted()},
      {"restated", row.restated()},
      {"published_value", OrNull(row.published_value())},
      {"definition_version", row.definition_version()}};
  return object;
}

}  // namespace

File WriteJson(const Figures& figures) {
  File file;
  ordered_json rows = ordered_json::array();
  for (const reports::v1::Row& row : figures.report.rows()) {
    rows.push_back(ObjectOf(row));
    ++file.rows;
  }
  if (!rows.empty()) {
    for (const auto& [name, value] : rows.front().items()) file.columns.push_back(name);
  }
  const ordered_json document = {{"format", "mlup-figures-1"},
                                 {"period", figures.period},
                                 {"first_day", figures.report.first_day()},
                                 {"last_day", figures.report.last_day()},
                                 {"as_known_at", figures.report.as_known_at()},
                                 {"position", figures.report.position()},
                                 {"suppressed", figures.suppressed},
                                 {"rows", std::move(rows)}};
  file.bytes = document.dump(1) + "\n";
  return file;
}

}  // namespace mlup::exports
