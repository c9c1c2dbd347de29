// Writes events as JSON, as HTTP headers, and as protobuf.
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/status.h"
#include "io/cloudevents/v1/cloudevents.pb.h"
#include "services/cloudevents/cloud_event.h"
#include "services/cloudevents/content_type.h"

namespace mlup::cloudevents {
namespace {

using nlohmann::ordered_json;

// The optional attributes, which are absent when empty.
std::vector<std::pair<std::string, const std::string*>> OptionalAttributes(
    const CloudEvent& event) {
  std::vector<std::pair<std::string, const std::string*>> all;
  for (const auto& [name, value] :
       {std::pair<const char*, const std::string*>{"subject", &event.subject},
        {"time", &event.time},
        {"dataschema", &event.dataschema},
        {"datacontenttype", &event.datacontenttype}}) {
    if (!value->empty()) all.emplace_back(name, value);
  }
  return all;
}

ordered_json AttributesJson(const CloudEvent& event) {
  ordered_json json = {
      {"specversion", "1.0"}, {"id", event.id}, {"source", event.source}, {"type", event.type}};
  for (const auto& [name, value] : OptionalAttributes(event)) json[name] = *value;
  for (const auto& [name, value] : event.extensions) {
    std::visit([&entry = json[name]](const auto& typed) { entry = typed; }, value);
  }
  return json;
}

std::string Canonical(const Extension& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  return absl::StrCat(std::get<std::int32_t>(value));
}

// As the HTTP binding asks: what is not printable ASCII, and space, quote and percent, as %XX.
std::string HeaderValue(std::string_view text) {
  std::string value;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7F || c == '"' || c == '%') {
      absl::StrAppendFormat(&value, "%%%02X", byte);
    } else {
      value.push_back(c);
    }
  }
  return value;
}

}  // namespace

std::string ToStructuredJson(const CloudEvent& event) {
  std::string json =
      AttributesJson(event).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  if (!event.data.has_value()) return json;
  json.pop_back();
  if (IsJson(event.datacontenttype)) return absl::StrCat(json, ",\"data\":", *event.data, "}");
  return absl::StrCat(json, ",\"data_base64\":\"", absl::Base64Escape(*event.data), "\"}");
}

std::string ToBatchJson(std::span<const CloudEvent> events) {
  std::string json = "[";
  for (const CloudEvent& event : events) {
    absl::StrAppend(&json, json.size() > 1 ? "," : "", ToStructuredJson(event));
  }
  return json + "]";
}

HttpMessage ToBinaryHttp(const CloudEvent& event) {
  HttpMessage message;
  message.headers = {{"ce-specversion", "1.0"},
                     {"ce-id", HeaderValue(event.id)},
                     {"ce-source", HeaderValue(event.source)},
                     {"ce-type", HeaderValue(event.type)}};
  for (const auto& [name, value] : OptionalAttributes(event)) {
    const bool is_type = name == "datacontenttype";
    message.headers.emplace_back(is_type ? "content-type" : "ce-" + name,
                                 is_type ? *value : HeaderValue(*value));
  }
  for (const auto& [name, value] : event.extensions) {
    message.headers.emplace_back("ce-" + name, HeaderValue(Canonical(value)));
  }
  message.body = event.data.value_or("");
  return message;
}

std::string ToProtobuf(const CloudEvent& event) {
  io::cloudevents::v1::CloudEvent message;
  message.set_id(event.id);
  message.set_source(event.source);
  message.set_spec_version("1.0");
  message.set_type(event.type);
  auto& attributes = *message.mutable_attributes();
  for (const auto& [name, value] : OptionalAttributes(event)) {
    absl::Time time;
    if (name == "dataschema") {
      attributes[name].set_ce_uri(*value);
    } else if (name == "time" && absl::ParseTime(absl::RFC3339_full, *value, &time, nullptr)) {
      const absl::Time second = absl::FromUnixSeconds(absl::ToUnixSeconds(time));
      auto& timestamp = *attributes[name].mutable_ce_timestamp();
      timestamp.set_seconds(absl::ToUnixSeconds(time));
      timestamp.set_nanos(static_cast<std::int32_t>(absl::ToInt64Nanoseconds(time - second)));
    } else {
      attributes[name].set_ce_string(*value);
    }
  }
  for (const auto& [name, value] : event.extensions) {
    auto& attribute = attributes[name];
    if (const auto* text = std::get_if<std::string>(&value)) {
      attribute.set_ce_string(*text);
    } else if (const auto* truth = std::get_if<bool>(&value)) {
      attribute.set_ce_boolean(*truth);
    } else {
      attribute.set_ce_integer(std::get<std::int32_t>(value));
    }
  }
  if (event.data.has_value()) {
    if (IsJson(event.datacontenttype)) {
      message.set_text_data(*event.data);
    } else {
      message.set_binary_data(*event.data);
    }
  }
  return message.SerializeAsString();
}

}  // namespace mlup::cloudevents
