// Reads an event that another system made; trusts nothing in it.
#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/json/json_text.h"
#include "services/cloudevents/cloud_event.h"
#include "services/cloudevents/content_type.h"

namespace mlup::cloudevents {
namespace {

using nlohmann::json;

absl::Status Malformed(std::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "CLOUD_EVENT_MALFORMED", why);
}

absl::Status Invalid(std::string_view attribute, std::string_view why) {
  return FieldError(absl::StatusCode::kInvalidArgument, "ATTRIBUTE_INVALID", attribute, why);
}

absl::Status NotJson(const absl::Status& why, std::string_view prefix) {
  const std::string field = ErrorField(why);
  return FieldError(absl::StatusCode::kInvalidArgument, "CLOUD_EVENT_MALFORMED",
                    prefix.empty() || field.empty() ? absl::StrCat(ToAbsl(prefix), field)
                                                    : absl::StrCat(ToAbsl(prefix), ".", field),
                    ToStd(why.message()));
}

absl::StatusOr<json> ParseObject(std::string_view text) {
  absl::StatusOr<json> parsed = strict::ParseJson(text, {.bytes_max = kHttpBodyBytesMax});
  if (!parsed.ok()) return NotJson(parsed.status(), "");
  if (!parsed->is_object()) return Malformed("not a JSON object");
  return parsed;
}

// Takes a text attribute out of the object; empty when it is not there or null.
absl::StatusOr<std::string> TakeText(json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) {
    object.erase(name);
    return std::string();
  }
  if (!found->is_string()) return Invalid(name, "must be a text");
  std::string value = found->get<std::string>();
  if (value.empty()) return Invalid(name, "must not be empty; leave it out instead");
  object.erase(found);
  return value;
}

absl::StatusOr<std::string> TakeRequired(json& object, const char* name) {
  ASSIGN_OR_RETURN(std::string value, TakeText(object, name));
  if (value.empty()) {
    return FieldError(absl::StatusCode::kInvalidArgument, "ATTRIBUTE_REQUIRED", name,
                      "every event needs it");
  }
  return value;
}

absl::Status CheckTime(const std::string& time) {
  absl::Time parsed;
  // absl takes fewer digits, other years and a bare date; the lengths of RFC 3339 are fixed.
  const bool has_form = time.size() >= 20 && time[4] == '-' && time[7] == '-' &&
                        (time[10] == 'T' || time[10] == 't') && time[13] == ':' && time[16] == ':';
  if (!time.empty() &&
      (!has_form || !absl::ParseTime(absl::RFC3339_full, time, &parsed, nullptr))) {
    return Invalid("time", "must look like 2021-02-17T09:30:00+07:00");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> TakeData(json& object, std::string_view content_type) {
  const auto data = object.find("data");
  const auto bytes = object.find("data_base64");
  if (data != object.end() && bytes != object.end()) {
    return Malformed("data and data_base64 exclude each other");
  }
  std::optional<std::string> content;
  if (data != object.end()) {
    // Content that is not JSON stands in a JSON text.
    if (!IsJson(content_type) && !data->is_string())
      return Invalid("data", "must be a text, as datacontenttype is not JSON");
    content = IsJson(content_type) ? data->dump() : data->get<std::string>();
    object.erase("data");
  } else if (bytes != object.end()) {
    content.emplace();
    if (!bytes->is_string() || !absl::Base64Unescape(bytes->get<std::string>(), &*content)) {
      return Invalid("data_base64", "must be base64");
    }
    if (IsJson(content_type)) {
      const absl::Status read = strict::ParseJson(*content).status();
      if (!read.ok()) return NotJson(read, "data_base64");
    }
    object.erase("data_base64");
  }
  return content;
}

absl::StatusOr<Extension> ToExtension(const std::string& name, const json& value) {
  if (value.is_string()) return Extension(value.get<std::string>());
  if (value.is_boolean()) return Extension(value.get<bool>());
  const bool is_whole =
      value.is_number_integer() &&
      (!value.is_number_unsigned() ||
       value.get<std::uint64_t>() <= std::uint64_t{std::numeric_limits<std::int32_t>::max()}) &&
      value.get<std::int64_t>() >= std::numeric_limits<std::int32_t>::min();
  if (is_whole) return Extension(value.get<std::int32_t>());
  return Invalid(name, "an extension is a text, true or false, or a whole number of 32 bits");
}

absl::Status TakeExtensions(const json& object, CloudEvent& event) {
  for (const auto& [name, value] : object.items()) {
    const bool has_form = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    });
    if (!has_form) return Malformed("names of attributes are lower-case letters and digits");
    if (value.is_null()) continue;
    ASSIGN_OR_RETURN(Extension extension, ToExtension(name, value));
    event.extensions.emplace(name, std::move(extension));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CloudEvent> ParseStructuredJson(std::string_view text) {
  ASSIGN_OR_RETURN(json object, ParseObject(text));
  CloudEvent event;
  ASSIGN_OR_RETURN(const std::string version, TakeRequired(object, "specversion"));
  if (version != "1.0") {
    return FieldError(absl::StatusCode::kInvalidArgument, "SPECVERSION_UNKNOWN", "specversion",
                      "must be 1.0");
  }
  ASSIGN_OR_RETURN(event.id, TakeRequired(object, "id"));
  ASSIGN_OR_RETURN(event.source, TakeRequired(object, "source"));
  ASSIGN_OR_RETURN(event.type, TakeRequired(object, "type"));
  ASSIGN_OR_RETURN(event.subject, TakeText(object, "subject"));
  ASSIGN_OR_RETURN(event.time, TakeText(object, "time"));
  RETURN_IF_ERROR(CheckTime(event.time));
  ASSIGN_OR_RETURN(event.dataschema, TakeText(object, "dataschema"));
  ASSIGN_OR_RETURN(event.datacontenttype, TakeText(object, "datacontenttype"));
  ASSIGN_OR_RETURN(event.data, TakeData(object, event.datacontenttype));
  RETURN_IF_ERROR(TakeExtensions(object, event));
  return event;
}

}  // namespace mlup::cloudevents
