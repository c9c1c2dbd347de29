#include "services/exports/export_map.h"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/days.h"
#include "eventstore/json/json_text.h"
#include "projections/counting/persons.h"
#include "projections/provinces.h"
#include "services/exports/table.h"
#include "services/fields/text_format.h"

namespace mlup::exports {
namespace {

using Json = nlohmann::json;

// Bytes of a code or a name.
constexpr std::size_t kTextMax = 500;

absl::Status Wrong(std::string_view path, std::string_view why) {
  return FieldError(absl::StatusCode::kInvalidArgument, "MAP_INVALID",
                    absl::StrCat("map", path.empty() ? "" : ".", ToAbsl(path)), why);
}

void AppendText(std::string* out, std::string_view text) { out->append(text); }

// An object of the map at a place. What is wrong first is kept, and all after it is empty.
class Part {
 public:
  Part(const Json& json, std::string path, absl::Status& status)
      : json_(json), path_(std::move(path)), status_(status) {
    if (!json_.is_object()) Fail("", "must be an object");
  }

  std::string Text(const char* key) { return TextOr(key, /*required=*/true); }
  std::string TextIfAny(const char* key) { return TextOr(key, /*required=*/false); }

  // A code of a list; `list` says what it is called.
  std::string Code(const char* key, std::span<const std::string_view> codes,
                   std::string_view list) {
    std::string code = Text(key);
    if (!code.empty() && std::ranges::find(codes, code) == codes.end()) {
      Fail(key, absl::StrCat("is none of the code list ", ToAbsl(list), ": ",
                             absl::StrJoin(codes, ", ", AppendText)));
    }
    return code;
  }

  Codes TextsIfAny(const char* key) {
    Codes texts;
    const Json* found = Find(key);
    if (found == nullptr) return texts;
    if (!found->is_object()) Fail(key, "must be an object of texts");
    if (!found->is_object()) return texts;
    for (const auto& [name, value] : found->items()) {
      if (!IsText(value)) FailIn(key, name, kTextForm);
      if (IsText(value)) texts[name] = value.get<std::string>();
    }
    return texts;
  }

  // Visits the items of a list of objects, of which there is one at least.
  template <typename Visit>
  void Each(const char* key, const Visit& visit) {
    const Json* found = Find(key);
    if (found == nullptr || !found->is_array() || found->empty()) {
      return Fail(key, "must be a list of objects, of one at least");
    }
    for (std::size_t i = 0; i < found->size(); ++i) {
      Part part((*found)[i], absl::StrCat(Path(key), "[", i, "]"), status_);
      visit(part);
      part.End();
    }
  }

  std::vector<std::string> ListIfAny(const char* key) {
    std::vector<std::string> texts;
    const Json* found = Find(key);
    if (found == nullptr) return texts;
    if (!found->is_array()) Fail(key, "must be a list of texts");
    if (!found->is_array()) return texts;
    for (const Json& value : *found) {
      if (!IsText(value)) Fail(key, kTextForm);
      if (IsText(value)) texts.push_back(value.get<std::string>());
    }
    return texts;
  }

  // The object of that name; of one that is not there all is missing.
  Part Inner(const char* key) {
    static const Json& nothing = *new Json(Json::object());
    const Json* found = Find(key);
    return Part(found == nullptr ? nothing : *found, Path(key), status_);
  }

  // What was not asked for is a slip of the pen.
  void End() {
    if (!json_.is_object()) return;
    for (const auto& [name, value] : json_.items()) {
      if (!asked_.contains(name)) Fail(name, "is no member that this map has");
    }
  }

  void Fail(std::string_view key, std::string_view why) {
    FailAt(key.empty() ? path_ : Path(key), why);
  }
  void FailIn(std::string_view key, std::string_view name, std::string_view why) {
    FailAt(strict::MemberPath(Path(key), name), why);
  }
  void FailAt(const std::string& path, std::string_view why) {
    if (status_.ok()) status_ = Wrong(path, why);
  }

 private:
  static constexpr char kTextForm[] =
      "must be a text of 1 to 500 bytes in one line, without control characters";

  static bool IsText(const Json& value) {
    if (!value.is_string()) return false;
    const auto& text = value.get_ref<const std::string&>();
    const fields::TextScan scan = fields::ScanText(text);
    return !text.empty() && text.size() <= kTextMax && scan.valid && !scan.control_characters &&
           !scan.line_breaks_or_tabs && !scan.noncharacters;
  }

  std::string TextOr(const char* key, bool required) {
    const Json* found = Find(key);
    if (found == nullptr && !required) return "";
    if (found != nullptr && IsText(*found)) return found->get<std::string>();
    Fail(key, found == nullptr ? "is missing" : kTextForm);
    return "";
  }

  const Json* Find(const char* key) {
    asked_.insert(key);
    if (!json_.is_object()) return nullptr;
    const auto found = json_.find(key);
    return found == json_.end() ? nullptr : &*found;
  }

  std::string Path(std::string_view key) const { return strict::MemberPath(path_, key); }

  const Json& json_;
  const std::string path_;
  absl::Status& status_;
  std::set<std::string> asked_;
};

void CheckNamed(Part& part, const Indicators& indicators, const std::string& indicator,
                const std::string& by) {
  const auto found = indicators.find(indicator);
  if (found == indicators.end()) return part.Fail("indicator", "is no indicator that there is");
  if (by.empty() || found->second.contains(by)) return;
  part.Fail("by", absl::StrCat("is no dimension of ", indicator));
}

// The code lists of IATI 2.03 that cannot grow without a new version of it, and the one of kinds of
// organisations.
constexpr std::string_view kOrganisationTypes[] = {"10", "11", "15", "21", "22", "23", "24", "30",
                                                   "40", "60", "70", "71", "72", "73", "80", "90"};
constexpr std::string_view kOrganisationRoles[] = {"1", "2", "3", "4"};
constexpr std::string_view kActivityStatuses[] = {"1", "2", "3", "4", "5", "6"};
constexpr std::string_view kResultTypes[] = {"1", "2", "3", "9"};
constexpr std::string_view kMeasures[] = {"1", "2", "3", "4", "5"};

bool IsOf(std::string_view text, std::size_t size, bool (*is)(unsigned char)) {
  return text.size() == size &&
         std::ranges::all_of(text, [is](char c) { return is(static_cast<unsigned char>(c)); });
}

IatiMap::Organisation ReadOrganisation(Part& part) {
  return {.ref = part.Text("ref"),
          .type = part.Code("type", kOrganisationTypes, "OrganisationType"),
          .name = part.Text("name")};
}

void ReadSector(Part part, IatiMap& map) {
  map.sector_vocabulary = part.Text("vocabulary");
  map.sector = part.Text("code");
  if (map.sector_vocabulary == "1" && !IsOf(map.sector, 5, absl::ascii_isdigit)) {
    part.Fail("code", "must be five digits in vocabulary 1, the purpose codes of OECD DAC: 16010");
  }
  part.End();
}

void ReadActivityOf(Part part, IatiMap& map) {
  map.identifier = part.Text("identifier");
  map.title = part.Text("title");
  map.description = part.Text("description");
  map.status = part.Code("status", kActivityStatuses, "ActivityStatus");
  map.start = part.Text("start");
  if (!ParseDay(map.start)) part.Fail("start", "must be a day, 2021-01-01");
  map.country = part.Text("country");
  if (!IsOf(map.country, 2, absl::ascii_isupper)) {
    part.Fail("country", "must be two capital letters of ISO 3166-1: KH");
  }
  ReadSector(part.Inner("sector"), map);
  part.Each("participating_orgs", [&map](Part& one) {
    std::string role = one.Code("role", kOrganisationRoles, "OrganisationRole");
    map.participating.emplace_back(std::move(role), ReadOrganisation(one));
  });
  part.End();
}

IatiMap::Indicator ReadIndicator(Part& part, const Indicators& indicators) {
  IatiMap::Indicator indicator{.indicator = part.Text("indicator"),
                               .title = part.TextIfAny("title"),
                               .measure = part.Code("measure", kMeasures, "IndicatorMeasure"),
                               .vocabulary = part.TextIfAny("vocabulary"),
                               .code = part.TextIfAny("code"),
                               .by = part.ListIfAny("by")};
  if (indicator.vocabulary.empty() != indicator.code.empty()) {
    part.Fail("code", "stands with a vocabulary, or neither does");
  }
  CheckNamed(part, indicators, indicator.indicator, "");
  for (const std::string& by : indicator.by) CheckNamed(part, indicators, indicator.indicator, by);
  return indicator;
}

// Where two cells of ours would be one there, the later would replace the former.
void CheckCells(const Dhis2Map& map, Part& part) {
  std::map<std::string, std::string> taken;
  for (std::size_t i = 0; i < map.values.size(); ++i) {
    const Dhis2Map::Value& value = map.values[i];
    for (const Dhis2Map::Cell& cell : map.CellsOf(value)) {
      // The code of the combination that stands where none is named.
      const std::string combo = cell.combo == "default" ? "" : cell.combo;
      const std::string place = Json({value.data_element, cell.org_unit, combo}).dump();
      reports::v1::Cell ours;
      ours.set_code(value.indicator);
      ours.set_dimension(value.by);
      ours.set_member(cell.member);
      const auto [other, is_new] = taken.try_emplace(place, CellText(ours));
      if (is_new) continue;
      part.FailAt(absl::StrCat("values[", i, "].data_element"),
                  absl::StrCat("has ", other->second, " and ", CellText(ours),
                               " as the same organisation unit and combination: one would replace "
                               "the other"));
    }
  }
}

void CheckPlaces(const Codes& org_units, Part& part) {
  for (const auto& [place, unit] : org_units) {
    const bool is_province = place.size() == 2 && projections::FindProvince(place) != nullptr;
    if (is_province || place == counting::kUnknown || place == "remote") continue;
    part.FailIn("org_units", place, "is no province of two digits, `unknown` or `remote`");
  }
}

// Members of a dimension, as far as it is known which ones there are, of the indicators that are
// told by it.
void CheckMembers(const Dhis2Map& map, const std::string& dimension, const Indicators& indicators,
                  Part& combos) {
  std::set<std::string> known;
  for (const Dhis2Map::Value& value : map.values) {
    const auto indicator = indicators.find(value.indicator);
    if (value.by != dimension || indicator == indicators.end()) continue;
    const auto members = indicator->second.find(dimension);
    if (members == indicator->second.end()) continue;
    if (members->second.empty()) return;
    known.insert(members->second.begin(), members->second.end());
  }
  for (const auto& [member, combo] : map.category_option_combos.at(dimension)) {
    if (known.contains(member)) continue;
    combos.FailIn(
        dimension, member,
        absl::StrCat("is no member of ", dimension, "; there are ", absl::StrJoin(known, ", ")));
  }
}

// The document, its `system` being this one.
absl::StatusOr<Json> ReadDocument(std::string_view text, std::string_view system) {
  absl::StatusOr<Json> json = strict::ParseJson(text);
  if (!json.ok()) return Wrong("", ToStd(json.status().message()));
  const auto found = json->is_object() ? json->find("system") : json->end();
  if (found == json->end() || *found != Json(std::string(system))) {
    return Wrong("system", absl::StrCat("must be \"", ToAbsl(system), "\": this is another map"));
  }
  return json;
}

}  // namespace

absl::StatusOr<Dhis2Map> ReadDhis2Map(std::string_view text, const Indicators& indicators) {
  ASSIGN_OR_RETURN(const Json json, ReadDocument(text, "dhis2"));
  absl::Status status;
  Part part(json, "", status);
  part.Text("system");
  part.TextIfAny("about");
  Dhis2Map map;
  map.org_unit = part.Text("org_unit");
  map.org_units = part.TextsIfAny("org_units");
  map.attribute_option_combo = part.TextIfAny("attribute_option_combo");
  CheckPlaces(map.org_units, part);
  part.Each("values", [&](Part& one) {
    Dhis2Map::Value value{.indicator = one.Text("indicator"),
                          .by = one.TextIfAny("by"),
                          .data_element = one.Text("data_element")};
    CheckNamed(one, indicators, value.indicator, value.by);
    if (IsOfPlaces(value.by) && map.org_units.empty()) {
      one.Fail("by", "needs `org_units`: the units of the places");
    }
    map.values.push_back(std::move(value));
  });
  Part combos = part.Inner("category_option_combos");
  for (const Dhis2Map::Value& value : map.values) {
    if (value.by.empty() || IsOfPlaces(value.by) || map.category_option_combos.contains(value.by)) {
      continue;
    }
    Codes& codes = map.category_option_combos[value.by];
    codes = combos.TextsIfAny(value.by.c_str());
    if (codes.empty()) combos.Fail(value.by, "is missing: values are to be told by it");
    CheckMembers(map, value.by, indicators, combos);
  }
  combos.End();
  CheckCells(map, part);
  part.End();
  RETURN_IF_ERROR(status);
  return map;
}

std::vector<Dhis2Map::Cell> Dhis2Map::CellsOf(const Value& value) const {
  if (value.by.empty()) return {{.member = "", .org_unit = org_unit, .combo = ""}};
  std::vector<Cell> cells;
  if (IsOfPlaces(value.by)) {
    for (const auto& [member, unit] : org_units) {
      cells.push_back({.member = member, .org_unit = unit, .combo = ""});
    }
    return cells;
  }
  for (const auto& [member, combo] : category_option_combos.at(value.by)) {
    cells.push_back({.member = member, .org_unit = org_unit, .combo = combo});
  }
  return cells;
}

absl::StatusOr<IatiMap> ReadIatiMap(std::string_view text, const Indicators& indicators) {
  ASSIGN_OR_RETURN(const Json json, ReadDocument(text, "iati"));
  absl::Status status;
  Part part(json, "", status);
  part.Text("system");
  part.TextIfAny("about");
  IatiMap map;
  Part reporting = part.Inner("reporting_org");
  map.reporting = ReadOrganisation(reporting);
  reporting.End();
  ReadActivityOf(part.Inner("activity"), map);
  std::set<std::string> named;
  part.Each("results", [&](Part& one) {
    IatiMap::Result result{.type = one.Code("type", kResultTypes, "ResultType"),
                           .title = one.Text("title"),
                           .indicators = {}};
    one.Each("indicators", [&](Part& two) {
      result.indicators.push_back(ReadIndicator(two, indicators));
      if (!named.insert(result.indicators.back().indicator).second) {
        two.Fail("indicator", "is named twice");
      }
    });
    map.results.push_back(std::move(result));
  });
  part.End();
  RETURN_IF_ERROR(status);
  return map;
}

}  // namespace mlup::exports
