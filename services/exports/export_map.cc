#include "services/exports/export_map.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/days.h"
#include "eventstore/json/json_text.h"
#include "services/exports/table.h"

namespace mlup::exports {
namespace {

using Json = nlohmann::json;

// Bytes of a code or a name.
constexpr std::size_t kTextMax = 500;

absl::Status Wrong(std::string_view path, std::string_view why) {
  return FieldError(absl::StatusCode::kInvalidArgument, "MAP_INVALID",
                    absl::StrCat("map", path.empty() ? "" : ".", ToAbsl(path)), why);
}

// An object of the map at a place. What is wrong first is kept, and all after it is empty.
class Part {
 public:
  Part(const Json& json, std::string path, absl::Status& status)
      : json_(json), path_(std::move(path)), status_(status) {
    if (!json_.is_object()) Fail("", "must be an object");
  }

  std::string Text(const char* key) { return TextOr(key, /*required=*/true); }
  std::string TextIfAny(const char* key) { return TextOr(key, /*required=*/false); }

  Codes TextsIfAny(const char* key) {
    Codes texts;
    const Json* found = Find(key);
    if (found == nullptr) return texts;
    if (!found->is_object()) Fail(key, "must be an object of texts");
    if (!found->is_object()) return texts;
    for (const auto& [name, value] : found->items()) {
      if (!IsText(value)) Fail(absl::StrCat(key, ".", name), kTextForm);
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
    if (status_.ok()) status_ = Wrong(key.empty() ? path_ : Path(key), why);
  }

 private:
  static constexpr char kTextForm[] = "must be a text of 1 to 500 bytes";

  static bool IsText(const Json& value) {
    if (!value.is_string()) return false;
    const auto& text = value.get_ref<const std::string&>();
    return !text.empty() && text.size() <= kTextMax;
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

using Indicators = std::map<std::string, std::set<std::string>>;

void CheckNamed(Part& part, const Indicators& indicators, const std::string& indicator,
                const std::string& by) {
  const auto found = indicators.find(indicator);
  if (found == indicators.end()) return part.Fail("indicator", "is no indicator that there is");
  if (by.empty() || found->second.contains(by)) return;
  part.Fail("by", absl::StrCat("is no dimension of ", indicator));
}

IatiMap::Organisation ReadOrganisation(Part& part) {
  return {.ref = part.Text("ref"), .type = part.Text("type"), .name = part.Text("name")};
}

void ReadActivityOf(Part part, IatiMap& map) {
  map.identifier = part.Text("identifier");
  map.title = part.Text("title");
  map.description = part.Text("description");
  map.status = part.Text("status");
  map.start = part.Text("start");
  if (!ParseDay(map.start)) part.Fail("start", "must be a day, 2021-01-01");
  map.country = part.TextIfAny("country");
  part.Each("participating_orgs", [&map](Part& one) {
    std::string role = one.Text("role");
    map.participating.emplace_back(std::move(role), ReadOrganisation(one));
  });
  part.End();
}

IatiMap::Indicator ReadIndicator(Part& part, const Indicators& indicators) {
  IatiMap::Indicator indicator{.indicator = part.Text("indicator"),
                               .title = part.TextIfAny("title"),
                               .measure = part.Text("measure"),
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
  std::set<std::string> named;
  part.Each("values", [&](Part& one) {
    Dhis2Map::Value value{.indicator = one.Text("indicator"),
                          .by = one.TextIfAny("by"),
                          .data_element = one.Text("data_element")};
    CheckNamed(one, indicators, value.indicator, value.by);
    if (!named.insert(absl::StrCat(value.data_element, " ", value.by)).second) {
      one.Fail("data_element", "is named twice: one value would replace the other");
    }
    map.values.push_back(std::move(value));
  });
  Part combos = part.Inner("category_option_combos");
  for (const Dhis2Map::Value& value : map.values) {
    if (value.by.empty() || IsOfPlaces(value.by)) continue;
    Codes& codes = map.category_option_combos[value.by];
    codes = combos.TextsIfAny(value.by.c_str());
    if (codes.empty()) combos.Fail(value.by, "is missing: values are to be told by it");
  }
  combos.End();
  part.End();
  RETURN_IF_ERROR(status);
  return map;
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
    IatiMap::Result result{.type = one.Text("type"), .title = one.Text("title"), .indicators = {}};
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
