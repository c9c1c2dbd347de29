// Figures as an activity of IATI 2.03, by pugixml.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "absl/time/time.h"
#include <pugixml.hpp>

#include "eventstore/base/days.h"
#include "services/exports/export_map.h"
#include "services/exports/figure_files.h"

namespace mlup::exports {
namespace {

void AddNarrative(pugi::xml_node parent, const std::string& text) {
  parent.append_child("narrative").text().set(text.c_str());
}

// When the day began here, so that it is past wherever the file is read on that day.
std::string UpdatedAt(const std::string& day) {
  const std::optional<Day> known = ParseDay(day);
  if (!known) return "";
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", StartOf(*known), absl::UTCTimeZone());
}

pugi::xml_node AddOrganisation(pugi::xml_node parent, const char* name,
                               const IatiMap::Organisation& organisation) {
  pugi::xml_node node = parent.append_child(name);
  node.append_attribute("ref").set_value(organisation.ref.c_str());
  node.append_attribute("type").set_value(organisation.type.c_str());
  AddNarrative(node, organisation.name);
  return node;
}

class Activity {
 public:
  Activity(const IatiMap& map, const Figures& figures) : map_(map), report_(figures.report) {
    for (const reports::v1::Row& row : report_.rows()) {
      rows_[row.cell().code()].push_back(&row);
    }
  }

  File Write() && {
    pugi::xml_document document;
    pugi::xml_node root = document.append_child("iati-activities");
    root.append_attribute("version").set_value("2.03");
    pugi::xml_node activity = root.append_child("iati-activity");
    if (!report_.as_known_at().empty()) {
      // Another one where the same period is another figure.
      activity.append_attribute("last-updated-datetime")
          .set_value(UpdatedAt(report_.as_known_at()).c_str());
    }
    activity.append_attribute("xml:lang").set_value("en");
    AddHead(activity);
    for (const IatiMap::Result& result : map_.results) AddResult(activity, result);
    for (const auto& [code, rows] : rows_) {
      if (!named_.contains(code) && !rows.front()->value().empty()) file_.not_named.push_back(code);
    }
    file_.columns = {"indicator", "period", "dimension", "value"};
    std::ostringstream out;
    document.save(out, " ", pugi::format_default, pugi::encoding_utf8);
    file_.bytes = out.str();
    return std::move(file_);
  }

 private:
  // In the order in which the schema has them.
  void AddHead(pugi::xml_node activity) const {
    activity.append_child("iati-identifier").text().set(map_.identifier.c_str());
    AddOrganisation(activity, "reporting-org", map_.reporting);
    AddNarrative(activity.append_child("title"), map_.title);
    AddNarrative(activity.append_child("description"), map_.description);
    for (const auto& [role, organisation] : map_.participating) {
      AddOrganisation(activity, "participating-org", organisation)
          .append_attribute("role")
          .set_value(role.c_str());
    }
    activity.append_child("activity-status")
        .append_attribute("code")
        .set_value(map_.status.c_str());
    pugi::xml_node date = activity.append_child("activity-date");
    date.append_attribute("type").set_value("2");  // actual start
    date.append_attribute("iso-date").set_value(map_.start.c_str());
    activity.append_child("recipient-country")
        .append_attribute("code")
        .set_value(map_.country.c_str());
    pugi::xml_node sector = activity.append_child("sector");
    sector.append_attribute("vocabulary").set_value(map_.sector_vocabulary.c_str());
    sector.append_attribute("code").set_value(map_.sector.c_str());
  }

  void AddResult(pugi::xml_node activity, const IatiMap::Result& result) {
    const bool has_any = std::ranges::any_of(result.indicators, [this](const auto& indicator) {
      return rows_.contains(indicator.indicator);
    });
    if (!has_any) return;
    pugi::xml_node node = activity.append_child("result");
    node.append_attribute("type").set_value(result.type.c_str());
    AddNarrative(node.append_child("title"), result.title);
    for (const IatiMap::Indicator& indicator : result.indicators) {
      named_.insert(indicator.indicator);
      AddIndicator(node, indicator);
    }
  }

  void AddIndicator(pugi::xml_node result, const IatiMap::Indicator& indicator) {
    const auto found = rows_.find(indicator.indicator);
    if (found == rows_.end()) return;
    pugi::xml_node node = result.append_child("indicator");
    node.append_attribute("measure").set_value(indicator.measure.c_str());
    const std::string& name = found->second.front()->name();
    AddNarrative(node.append_child("title"), indicator.title.empty() ? name : indicator.title);
    if (!indicator.code.empty()) {
      pugi::xml_node reference = node.append_child("reference");
      reference.append_attribute("vocabulary").set_value(indicator.vocabulary.c_str());
      reference.append_attribute("code").set_value(indicator.code.c_str());
    }
    pugi::xml_node period = node.append_child("period");
    period.append_child("period-start")
        .append_attribute("iso-date")
        .set_value(report_.first_day().c_str());
    period.append_child("period-end")
        .append_attribute("iso-date")
        .set_value(report_.last_day().c_str());
    const std::set<std::string> by(indicator.by.begin(), indicator.by.end());
    for (const reports::v1::Row* row : found->second) {
      const reports::v1::Cell& cell = row->cell();
      const bool is_part = !cell.dimension().empty();
      if (row->value().empty()) continue;
      if (!is_part || by.contains(cell.dimension())) AddActual(period, *row);
    }
  }

  void AddActual(pugi::xml_node period, const reports::v1::Row& row) {
    pugi::xml_node actual = period.append_child("actual");
    actual.append_attribute("value").set_value(row.value().c_str());
    if (!row.cell().dimension().empty()) {
      pugi::xml_node dimension = actual.append_child("dimension");
      dimension.append_attribute("name").set_value(row.cell().dimension().c_str());
      dimension.append_attribute("value").set_value(row.cell().member().c_str());
    }
    ++file_.rows;
  }

  const IatiMap& map_;
  const reports::v1::GetReportResponse& report_;
  // By code, the total first.
  std::map<std::string, std::vector<const reports::v1::Row*>> rows_;
  std::set<std::string> named_;
  File file_;
};

}  // namespace

absl::StatusOr<File> WriteActivity(const Figures& figures, std::string_view map) {
  ASSIGN_OR_RETURN(const IatiMap read, ReadIatiMap(map, figures.indicators));
  return Activity(read, figures).Write();
}

}  // namespace mlup::exports
