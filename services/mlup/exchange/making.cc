#include "services/mlup/exchange/making.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include <google/protobuf/descriptor.h>
#include <unicode/normalizer2.h>

#include "eventstore/base/blake2b.h"
#include "eventstore/base/days.h"
#include "eventstore/base/uuid.h"
#include "eventstore/json/enum_values.h"
#include "eventstore/payload/patch.h"
#include "services/domain/fact_table.h"
#include "services/fields/text_format.h"

namespace mlup::cli::exchange {
namespace {

// Each operator, with the members that may stand beside it.
const std::map<std::string, std::set<std::string>>& Operators() {
  static const std::map<std::string, std::set<std::string>> operators = {
      {"$code", {"of"}}, {"$codes", {"of"}}, {"$day", {"as"}}, {"$month", {"as"}},
      {"$id", {}},       {"$record", {}},    {"$join", {}}};
  return operators;
}

absl::Status Wrong(std::string_view reason, const std::string& column, std::string_view message) {
  return FieldError(absl::StatusCode::kInvalidArgument, reason, column, message);
}

// The operator of an object; empty where it is none.
std::string OperatorOf(const Json& object) {
  for (const auto& [name, value] : object.items()) {
    if (Operators().contains(name)) return name;
  }
  return "";
}

bool IsColumn(const Json& json) {
  return json.is_string() && absl::StartsWith(json.get_ref<const std::string&>(), "$");
}

std::string ColumnIn(const Json& json) { return json.get<std::string>().substr(1); }

std::string Below(const std::string& path, const std::string& name) {
  return path.empty() ? name : absl::StrCat(path, ".", name);
}

absl::Status CheckOperator(const std::string& name, const Json& object, const std::string& place,
                           const std::map<std::string, Codes>& codes) {
  const std::set<std::string>& beside = Operators().at(name);
  for (const auto& [member, value] : object.items()) {
    if (member == name || beside.contains(member)) continue;
    return BadMap(Below(place, member), absl::StrCat("does not stand beside ", name));
  }
  const Json& what = object.at(name);
  const bool parts = name == "$id" || name == "$record" || name == "$join";
  const std::size_t least = name == "$record" ? 2 : 1;
  const bool texts =
      parts && what.is_array() && what.size() >= least &&
      std::all_of(what.begin(), what.end(), [](const Json& part) { return part.is_string(); });
  if (parts && !texts) return BadMap(Below(place, name), "must be a list of texts and columns");
  if (!parts && !what.is_string()) return BadMap(Below(place, name), "must name a column");
  if (beside.contains("of") && (!object.contains("of") || !object["of"].is_string() ||
                                !codes.contains(object["of"].get<std::string>()))) {
    return BadMap(Below(place, "of"), "must name a table of `codes`");
  }
  if (object.contains("as") && object["as"] != "d/m/y" && object["as"] != "m/d/y" &&
      object["as"] != "y-m-d") {
    return BadMap(Below(place, "as"), "must be d/m/y, m/d/y or y-m-d");
  }
  return absl::OkStatus();
}

// A day that is written so; of a moment, the day in Phnom Penh.
std::optional<Day> DayIn(const std::string& text, const std::string& as) {
  if (as == "y-m-d") {
    absl::Time moment;
    std::string error;
    if (text.size() > 10 && absl::ParseTime(absl::RFC3339_full, text, &moment, &error)) {
      return DayOf(moment);
    }
    // Of a moment that does not say where, the day that stands there.
    const bool moment_of_day = text.size() > 10 && (text[10] == 'T' || text[10] == ' ');
    return ParseDay(moment_of_day ? text.substr(0, 10) : text);
  }
  std::vector<std::string> parts = absl::StrSplit(text, absl::ByAnyChar("/-."));
  if (parts.size() != 3 || parts[2].size() != 4) return std::nullopt;
  if (as == "m/d/y") std::swap(parts[0], parts[1]);
  for (std::string& part : parts) {
    if (part.size() == 1) part = absl::StrCat("0", part);
  }
  return ParseDay(absl::StrCat(parts[2], "-", parts[1], "-", parts[0]));
}

// The values that a field of a fact may have; empty where it has no list of values. `path` is the
// request's, `facts[0].person_registered.person.sex`.
std::vector<std::string> AllowedAt(const std::string& path) {
  const std::vector<std::string> steps = absl::StrSplit(path, absl::MaxSplits('.', 2));
  if (steps.size() < 3) return {};
  const domain::FactType* type = domain::FactTable::Get().Find(steps[1], "");
  if (type == nullptr) return {};
  const auto fields = payload::FieldsOn(type->event(), steps[2]);
  if (fields.empty() || fields.back()->enum_type() == nullptr) return {};
  return strict::ValueNames(*fields.back()->enum_type());
}

// The id that follows from the texts.
std::string IdOf(const Ground& ground, const std::vector<std::string>& texts) {
  // With the length of each, so that no two lists of texts are the same bytes.
  std::string bytes;
  const auto add = [&bytes](const std::string& text) {
    absl::StrAppend(&bytes, text.size(), ":", text);
  };
  add(ground.name_space);
  add(ground.system);
  for (const std::string& text : texts) add(text);
  std::string digest = Blake2b(bytes, 16);
  // RFC 9562, version 8: made in a way of our own.
  digest[6] = static_cast<char>((digest[6] & 0x0f) | 0x80);
  digest[8] = static_cast<char>((digest[8] & 0x3f) | 0x80);
  std::string id = absl::BytesToHexString(digest);
  for (const std::size_t at : {20U, 16U, 12U, 8U}) id.insert(at, "-");
  return id;
}

}  // namespace

absl::Status BadMap(const std::string& place, std::string_view message) {
  return FieldError(absl::StatusCode::kInvalidArgument, "MAP_FORM", place, message);
}

std::string Composed(std::string_view text) {
  std::string trimmed(absl::StripAsciiWhitespace(absl::string_view(text.data(), text.size())));
  if (!fields::ScanText(trimmed).valid) return trimmed;
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const nfc = icu::Normalizer2::getNFCInstance(error);
  std::string composed;
  nfc->normalize(icu::UnicodeString::fromUTF8(trimmed), error).toUTF8String(composed);
  return U_SUCCESS(error) ? composed : trimmed;
}

absl::Status CheckTemplate(const Json& json, const std::string& place,
                           const std::map<std::string, Codes>& codes) {
  if (json.is_array()) {
    for (std::size_t i = 0; i < json.size(); ++i) {
      RETURN_IF_ERROR(CheckTemplate(json[i], absl::StrCat(place, "[", i, "]"), codes));
    }
  }
  if (!json.is_object()) return absl::OkStatus();
  if (const std::string name = OperatorOf(json); !name.empty()) {
    return CheckOperator(name, json, place, codes);
  }
  for (const auto& [name, value] : json.items()) {
    const bool guard = name == "$when" || name == "$each";
    if (absl::StartsWith(name, "$") && !guard) {
      return BadMap(Below(place, name), "is no operator: see deploy/exchange/README.md");
    }
    if (guard && !value.is_string()) return BadMap(Below(place, name), "must name a column");
    RETURN_IF_ERROR(CheckTemplate(value, Below(place, name), codes));
  }
  return absl::OkStatus();
}

const Making::Scope& Making::Around(std::string_view& column) const {
  std::size_t scope = scopes_.size() - 1;
  while (absl::StartsWith(ToAbsl(column), "../") && scope > 0) {
    column.remove_prefix(3);
    --scope;
  }
  return scopes_[scope];
}

const Json* Making::Find(std::string_view column) const {
  const Json* at = Around(column).values;
  // A name with strokes in it comes before a way.
  while (at->is_object()) {
    const auto whole = at->find(std::string(column));
    if (whole != at->end()) return &*whole;
    const std::size_t stroke = column.find('/');
    if (stroke == std::string_view::npos) return nullptr;
    const auto first = at->find(std::string(column.substr(0, stroke)));
    if (first == at->end()) return nullptr;
    at = &*first;
    column.remove_prefix(stroke + 1);
  }
  return nullptr;
}

absl::StatusOr<std::string> Making::Text(const std::string& column) const {
  std::string_view name = column;
  if (const Scope& scope = Around(name); name == "#") return absl::StrCat(scope.number);
  const Json* value = Find(column);
  if (value == nullptr || value->is_null()) return std::string();
  if (value->is_object() || value->is_array()) {
    return Wrong("LIST_INVALID", column, "must be one value, and not a list or an object");
  }
  const std::string text = Composed(value->is_string() ? value->get<std::string>() : value->dump());
  if (!fields::ScanText(text).valid) return Wrong("TEXT_INVALID", column, "must be UTF-8");
  return text;
}

absl::StatusOr<std::optional<Json>> Making::Fill(const Json& json, const std::string& path) {
  if (json.is_object()) return FillObject(json, path);
  if (json.is_array()) {
    Json list = Json::array();
    for (const Json& item : json) {
      const std::string here = absl::StrCat(path, "[", list.size(), "]");
      ASSIGN_OR_RETURN(std::optional<Json> filled, Fill(item, here));
      if (filled) list.push_back(*std::move(filled));
    }
    return std::optional(std::move(list));
  }
  if (!IsColumn(json)) return std::optional(json);
  const std::string column = ColumnIn(json);
  Note(path, column);
  ASSIGN_OR_RETURN(std::string text, Text(column));
  if (text.empty()) return std::optional<Json>();
  return std::optional<Json>(std::move(text));
}

absl::StatusOr<std::optional<Json>> Making::FillObject(const Json& object,
                                                       const std::string& path) {
  if (!OperatorOf(object).empty()) return Operate(object, path);
  Json filled = Json::object();
  for (const auto& [name, value] : object.items()) {
    if (name == "$when" || name == "$each") continue;
    ASSIGN_OR_RETURN(std::optional<Json> member, Fill(value, Below(path, name)));
    if (member) filled[name] = *std::move(member);
  }
  return std::optional(std::move(filled));
}

absl::StatusOr<std::optional<Json>> Making::Operate(const Json& object, const std::string& path) {
  const std::string name = OperatorOf(object);
  const Json& what = object.at(name);
  if (what.is_string()) Note(path, what.get<std::string>());
  if (name == "$day" || name == "$month") return DayText(object, name == "$month");
  if (name == "$codes") return CodeList(object, path);
  if (name == "$code") {
    const std::string column = what.get<std::string>();
    ASSIGN_OR_RETURN(const std::string value, Text(column));
    return Code(object.at("of").get<std::string>(), column, value, path);
  }
  if (name == "$join") return Joined(what);
  for (const Json& part : what) {
    if (IsColumn(part)) Note(path, ColumnIn(part));
  }
  if (name == "$id") {
    ASSIGN_OR_RETURN(std::string id, Id(what));
    return std::optional<Json>(std::move(id));
  }
  // The category takes part, so that `$id` of the same parts is the record's id.
  ASSIGN_OR_RETURN(const std::string id, Id(what));
  return std::optional<Json>(absl::StrCat(what.front().get<std::string>(), "/", id));
}

absl::StatusOr<std::optional<Json>> Making::Code(const std::string& table,
                                                 const std::string& column,
                                                 const std::string& value,
                                                 const std::string& path) {
  const Codes& codes = ground_.codes.at(table);
  const auto found = codes.find(value);
  if (found != codes.end()) {
    return found->second.is_null() ? std::optional<Json>() : std::optional(found->second);
  }
  if (value.empty()) return std::optional<Json>();
  unknown_.push_back({table, column, value, AllowedAt(path)});
  return Wrong("CODE_UNKNOWN", column,
               absl::StrCat("`", value, "` is not in codes.", table, " of the map"));
}

absl::StatusOr<std::optional<Json>> Making::CodeList(const Json& object, const std::string& path) {
  const std::string column = object.at("$codes").get<std::string>();
  const std::string table = object.at("of").get<std::string>();
  const Json* values = Find(column);
  std::vector<std::string> given;
  if (values != nullptr && values->is_array()) {
    for (const Json& value : *values) {
      if (!value.is_string()) return Wrong("LIST_INVALID", column, "must be a list of texts");
      given.push_back(Composed(value.get<std::string>()));
    }
  } else {
    ASSIGN_OR_RETURN(const std::string text, Text(column));
    given = absl::StrSplit(text, ' ', absl::SkipEmpty());
  }
  Json list = Json::array();
  for (const std::string& value : given) {
    ASSIGN_OR_RETURN(std::optional<Json> code, Code(table, column, value, path));
    if (code) list.push_back(*std::move(code));
  }
  return list.empty() ? std::optional<Json>() : std::optional(std::move(list));
}

absl::StatusOr<std::optional<Json>> Making::DayText(const Json& object, bool month) {
  const std::string column = object.at(month ? "$month" : "$day").get<std::string>();
  const std::string as = object.value("as", "y-m-d");
  ASSIGN_OR_RETURN(const std::string text, Text(column));
  if (text.empty()) return std::optional<Json>();
  const std::optional<Day> day = DayIn(text, as);
  if (!day) {
    return Wrong("DAY_INVALID", column, absl::StrCat("is no day that is written ", as));
  }
  return std::optional<Json>(FormatDay(*day).substr(0, month ? 7 : 10));
}

absl::StatusOr<std::optional<Json>> Making::Joined(const Json& parts) {
  std::vector<std::string> texts;
  for (const Json& part : parts) {
    std::string text = part.get<std::string>();
    if (IsColumn(part)) {
      ASSIGN_OR_RETURN(text, Text(ColumnIn(part)));
    }
    if (!text.empty()) texts.push_back(std::move(text));
  }
  if (texts.empty()) return std::optional<Json>();
  return std::optional<Json>(absl::StrJoin(texts, " "));
}

absl::StatusOr<std::string> Making::Id(const Json& parts) const {
  std::vector<std::string> texts;
  for (const Json& part : parts) {
    texts.push_back(part.get<std::string>());
    if (!IsColumn(part)) continue;
    const std::string column = ColumnIn(part);
    ASSIGN_OR_RETURN(texts.back(), Text(column));
    if (!texts.back().empty()) continue;
    return Wrong("FIELD_REQUIRED", column, "must be given: an id follows from it");
  }
  return IdOf(ground_, texts);
}

absl::Status Making::Facts(const Json& fact, std::vector<std::string> each, Json& facts) {
  if (!each.empty()) {
    const std::string column = each.front();
    each.erase(each.begin());
    const Json* list = Find(column);
    if (list == nullptr || list->is_null()) return absl::OkStatus();
    if (!list->is_array()) return Wrong("LIST_INVALID", column, "must be a list of objects");
    std::size_t number = 0;
    for (const Json& item : *list) {
      if (!item.is_object()) return Wrong("LIST_INVALID", column, "must be a list of objects");
      scopes_.push_back({&item, ++number});
      RETURN_IF_ERROR(Facts(fact, each, facts));
      scopes_.pop_back();
    }
    return absl::OkStatus();
  }
  if (fact.contains("$when")) {
    ASSIGN_OR_RETURN(const std::string given, Text(fact["$when"].get<std::string>()));
    if (given.empty()) return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(std::optional<Json> filled,
                   Fill(fact, absl::StrCat("facts[", facts.size(), "]")));
  if (filled) facts.push_back(*std::move(filled));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<ImportLine>> Making::Request(const std::string& key,
                                                          const Json& context,
                                                          const Json& request) {
  scopes_ = {{&*row_.values}};
  if (request.contains("when")) {
    ASSIGN_OR_RETURN(const std::string given, Text(request["when"].get<std::string>()));
    if (given.empty()) return std::optional<ImportLine>();
  }
  ASSIGN_OR_RETURN(const std::string name, Text(key));
  if (name.empty()) return Wrong("FIELD_REQUIRED", key, "must be given: it names the row");
  Json whole = context;
  if (request.contains("context")) whole.update(request["context"]);
  ASSIGN_OR_RETURN(std::optional<Json> said, Fill(whole, "context"));
  const std::string own = request["name"].get<std::string>();
  (*said)["request_id"] = absl::StrCat(ground_.system, ".", IdOf(ground_, {"request", own, name}));
  (*said)["channel"] = "CHANNEL_IMPORT";
  (*said)["source_system"] = ground_.system;
  (*said)["source_id"] = name;
  Note("context.source_id", key);
  Json facts = Json::array();
  for (const Json& fact : request["facts"]) {
    std::vector<std::string> each;
    if (fact.contains("$each")) each = absl::StrSplit(fact["$each"].get<std::string>(), " in ");
    std::reverse(each.begin(), each.end());
    RETURN_IF_ERROR(Facts(fact, std::move(each), facts));
  }
  if (facts.empty()) return std::optional<ImportLine>();
  const Json line = {{"record", {{"context", *said}, {"facts", facts}}}};
  absl::StatusOr<ImportLine> read = ParseImportLine(line.dump());
  RowOrigin origin{row_.number, own, columns_};
  if (!read.ok()) {
    const std::string field = ErrorField(read.status());
    const std::string column = origin.ColumnOf(field);
    return FieldError(read.status().code(), ErrorReason(read.status()),
                      column.empty() ? field : column, ToStd(read.status().message()));
  }
  read->origin = std::make_shared<const RowOrigin>(std::move(origin));
  return std::optional(*std::move(read));
}

}  // namespace mlup::cli::exchange
