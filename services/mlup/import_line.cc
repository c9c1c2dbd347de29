// Parses lines with nlohmann::json (form and doubled keys) and protobuf's json_util (the request).
#include "services/mlup/import_line.h"

#include <regex>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/limits.h"
#include "services/mlup/catalogue.h"

namespace mlup::cli {
namespace {

using nlohmann::json;

absl::Status Refused(std::string_view reason, std::string_view field, std::string_view message) {
  return FieldError(absl::StatusCode::kInvalidArgument, reason, field, message);
}

absl::StatusOr<json> ParseJson(std::string_view text) {
  std::vector<std::set<std::string>> keys;
  std::string doubled;
  const auto watch = [&keys, &doubled](int, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second) {
      doubled = value.get<std::string>();
    }
    return true;
  };
  try {
    json line = json::parse(text, watch);
    if (!doubled.empty())
      return Refused("JSON_INVALID", doubled, "the key stands twice in one object");
    return line;
  } catch (const json::parse_error& error) {
    return Error(absl::StatusCode::kInvalidArgument, "JSON_INVALID",
                 absl::StrCat("not JSON at character ", error.byte));
  }
}

// The field and rule in an error of json_util, which looks like one of these:
//   (case_opened.child) name: Cannot find field.        (context.channel): invalid value "X" for
//   type T
// What else it says may repeat personal data and is left out.
absl::Status Explain(const std::string& message) {
  static const std::regex& form = *new std::regex(R"(^(?:\(([^)]*)\))?:? ?([A-Za-z0-9_]*): )");
  std::smatch match;
  std::string field = "request";
  if (std::regex_search(message, match, form)) {
    field = match[1].str();
    if (match[2].length() > 0) absl::StrAppend(&field, field.empty() ? "" : ".", match[2].str());
  }
  if (absl::EndsWith(message, "Cannot find field.")) {
    return Refused("FIELD_UNKNOWN", field, "there is no such field");
  }
  if (message.find("already set") != std::string::npos) {
    return Refused("VALUE_INVALID", "request", "more than one fact is set; exactly one is allowed");
  }
  return Refused("VALUE_INVALID", field,
                 "the value is not of the field's type, or not one of its values");
}

}  // namespace

absl::StatusOr<ImportLine> ParseImportLine(std::string_view text) {
  if (text.size() > kMessageReceiveMax) {
    return Error(absl::StatusCode::kInvalidArgument, "LINE_TOO_LONG",
                 absl::StrCat("a line has at most ", kMessageReceiveMax, " bytes"));
  }
  ASSIGN_OR_RETURN(const json line, ParseJson(text));
  if (!line.is_object() || line.size() != 2 || !line.contains("call") ||
      !line.contains("request") || !line["call"].is_string() || !line["request"].is_object()) {
    return Error(absl::StatusCode::kInvalidArgument, "LINE_FORM",
                 R"(a line is {"call": "<service>/<method>", "request": {...}} and nothing else)");
  }
  ImportLine result;
  result.method = FindCommand(line["call"].get<std::string>());
  if (result.method == nullptr) {
    return Refused("CALL_UNKNOWN", "call", "there is no such call; `mlup schema` lists them");
  }
  result.request.reset(google::protobuf::MessageFactory::generated_factory()
                           ->GetPrototype(result.method->input_type())
                           ->New());
  const auto parsed =
      google::protobuf::util::JsonStringToMessage(line["request"].dump(), result.request.get());
  if (!parsed.ok()) return Explain(std::string(parsed.message()));
  return result;
}

}  // namespace mlup::cli
