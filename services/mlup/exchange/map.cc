#include "services/mlup/exchange/map.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "eventstore/base/files.h"
#include "eventstore/json/json_text.h"
#include "services/mlup/exchange/making.h"

namespace mlup::cli::exchange {
namespace {

// The members that an object may have.
absl::Status CheckMembers(const Json& object, const std::string& place,
                          const std::set<std::string>& members) {
  if (!object.is_object()) return BadMap(place, "must be an object");
  for (const auto& [name, value] : object.items()) {
    if (members.contains(name)) continue;
    return BadMap(absl::StrCat(place, place.empty() ? "" : ".", name),
                  absl::StrCat("is none of ", absl::StrJoin(members, ", ")));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> TextOf(const Json& map, const std::string& name,
                                   const std::string& otherwise) {
  const auto found = map.find(name);
  if (found == map.end()) return otherwise;
  if (!found->is_string()) return BadMap(name, "must be a text");
  return found->get<std::string>();
}

absl::StatusOr<std::map<std::string, Codes>> CodesOf(const Json& map) {
  std::map<std::string, Codes> tables;
  const auto found = map.find("codes");
  if (found == map.end()) return tables;
  if (!found->is_object()) return BadMap("codes", "must be an object of tables");
  for (const auto& [name, table] : found->items()) {
    const std::string place = absl::StrCat("codes.", name);
    if (!table.is_object()) return BadMap(place, "must be an object of values");
    for (const auto& [value, code] : table.items()) {
      if (!code.is_string() && !code.is_null()) {
        return BadMap(absl::StrCat(place, ".", value), "must be a text, or null for none");
      }
      tables[name][Composed(value)] = code;
    }
  }
  return tables;
}

absl::Status CheckRequests(const Json& requests, const std::map<std::string, Codes>& codes) {
  if (!requests.is_array() || requests.empty()) {
    return BadMap("requests", "must be a list of what a row becomes");
  }
  std::set<std::string> names;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const Json& request = requests[i];
    const std::string place = absl::StrCat("requests[", i, "]");
    RETURN_IF_ERROR(CheckMembers(request, place, {"name", "when", "context", "facts"}));
    const auto name = request.find("name");
    if (name == request.end() || !name->is_string() ||
        !names.insert(name->get<std::string>()).second) {
      return BadMap(absl::StrCat(place, ".name"), "must be given, and once");
    }
    const auto facts = request.find("facts");
    if (facts == request.end() || !facts->is_array() || facts->empty()) {
      return BadMap(absl::StrCat(place, ".facts"), "must be a list of facts");
    }
    RETURN_IF_ERROR(CheckTemplate(request, place, codes));
  }
  return absl::OkStatus();
}

}  // namespace

const std::vector<System>& Systems() {
  static const std::vector<System> systems = {
      {"oscar", {.separator = ',', .member = "clients"}, "global_id"},
      {"primero", {.separator = ',', .member = "data"}, "case_id"},
      {"kobo", {.separator = ';', .member = "results"}, "_uuid"},
      {"odk", {.separator = ',', .member = "value"}, "__id"},
  };
  return systems;
}

absl::StatusOr<ExchangeMap> ExchangeMap::Parse(std::string_view text, const System& system) {
  ASSIGN_OR_RETURN(const Json map, strict::ParseJsonInOrder(text));
  RETURN_IF_ERROR(CheckMembers(map, "",
                               {"about", "system", "namespace", "key", "list", "separator",
                                "context", "codes", "requests"}));
  ExchangeMap made;
  ASSIGN_OR_RETURN(made.system_, TextOf(map, "system", ""));
  if (made.system_ != system.name) {
    return BadMap("system", absl::StrCat("must be the system that --from names, ", system.name));
  }
  ASSIGN_OR_RETURN(made.namespace_, TextOf(map, "namespace", ""));
  if (made.namespace_.size() < kNamespaceCharactersMin) {
    return BadMap("namespace", absl::StrCat("must be at least ", kNamespaceCharactersMin,
                                            " characters that stay the same and are yours alone"));
  }
  made.form_ = system.form;
  ASSIGN_OR_RETURN(made.key_, TextOf(map, "key", system.key));
  ASSIGN_OR_RETURN(made.form_.member, TextOf(map, "list", system.form.member));
  ASSIGN_OR_RETURN(const std::string separator,
                   TextOf(map, "separator", std::string(1, system.form.separator)));
  if (separator != "," && separator != ";" && separator != "\t") {
    return BadMap("separator", "must be a comma, a semicolon or a tab");
  }
  made.form_.separator = separator.front();
  ASSIGN_OR_RETURN(made.codes_, CodesOf(map));
  made.context_ = map.value("context", Json::object());
  made.requests_ = map.value("requests", Json());
  if (!made.context_.is_object()) return BadMap("context", "must be an object");
  RETURN_IF_ERROR(CheckTemplate(made.context_, "context", made.codes_));
  RETURN_IF_ERROR(CheckRequests(made.requests_, made.codes_));
  return made;
}

Made ExchangeMap::Apply(const Row& row) const {
  Made made;
  if (!row.values.ok()) {
    made.refused = row.values.status();
    return made;
  }
  for (const Json& request : requests_) {
    Making making({system_, namespace_, codes_}, row);
    absl::StatusOr<std::optional<ImportLine>> line = making.Request(key_, context_, request);
    made.unknown.insert(made.unknown.end(), making.unknown().begin(), making.unknown().end());
    if (!line.ok()) {
      if (made.refused.ok()) made.refused = line.status();
    } else if (line->has_value()) {
      made.requests.push_back(**std::move(line));
    }
  }
  if (!made.refused.ok()) made.requests.clear();
  return made;
}

absl::StatusOr<ExchangeMap> ReadMap(const std::string& path, std::string_view system) {
  const auto known = std::ranges::find(Systems(), system, &System::name);
  if (known == Systems().end()) {
    return Error(absl::StatusCode::kInvalidArgument, "SYSTEM_UNKNOWN",
                 "--from must be oscar, primero, kobo or odk");
  }
  ASSIGN_OR_RETURN(const std::string text, SystemFiles().ReadAll(path));
  return ExchangeMap::Parse(text, *known);
}

}  // namespace mlup::cli::exchange
