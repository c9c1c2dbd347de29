// Maps a record's envelope to attributes and its clear fields to data.
#include "services/cloudevents/cloud_event.h"

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/json_util.h>

#include "eventstore/base/days.h"
#include "eventstore/base/local_time.h"
#include "eventstore/base/status.h"
#include "eventstore/log/timestamp.h"
#include "eventstore/payload/payload.h"

namespace mlup::cloudevents {
namespace {

// `PRECISION_DAY` as `day`; empty for the value 0.
std::string Code(const google::protobuf::EnumDescriptor& type, int number) {
  const auto* value = type.FindValueByNumber(number);
  if (number == 0 || value == nullptr) return "";
  // All values begin with what the value 0 has before `UNSPECIFIED`.
  const absl::string_view prefix =
      absl::StripSuffix(type.FindValueByNumber(0)->name(), "UNSPECIFIED");
  return absl::AsciiStrToLower(absl::StripPrefix(value->name(), prefix));
}

// In Phnom Penh, like 2021-02-17T09:30:00+07:00.
std::string TimeText(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_full, time, PhnomPenh());
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  return TimeText(log::FromTimestamp(time));
}

// The moment, or the first instant of the first possible day; empty when nothing is known.
std::string OccurredText(const log::v1::Occurred& occurred) {
  if (occurred.has_instant()) return TimeText(occurred.instant());
  const std::optional<Day> first = ParseDay(occurred.from());
  return first.has_value() ? TimeText(StartOf(*first)) : "";
}

std::string_view Classification(log::v1::Sensitivity sensitivity) {
  const bool ordinary =
      sensitivity == log::v1::SENSITIVITY_UNSPECIFIED || sensitivity == log::v1::SENSITIVITY_NORMAL;
  return ordinary ? "confidential" : "restricted";
}

// What is empty is left out.
void Extend(CloudEvent& event, std::string_view name, std::string_view value) {
  if (!value.empty()) event.extensions.emplace(name, std::string(value));
}

void ExtendFromEnvelope(const log::v1::Event& from, CloudEvent& event) {
  const log::v1::Occurred& occurred = from.occurred();
  Extend(event, "precision", Code(*log::v1::Precision_descriptor(), occurred.precision()));
  if (occurred.to() != occurred.from()) Extend(event, "occurredto", occurred.to());
  Extend(event, "correlationid", from.correlation_id());
  Extend(event, "causationid", from.causation_id());
  if (!from.actor().role().empty()) {
    const bool is_system = from.channel() == log::v1::CHANNEL_SYSTEM;
    Extend(event, "authtype", is_system ? "service_account" : "app_user");
    Extend(event, "authrole", from.actor().role());
  }
  Extend(event, "organisation", from.actor().organisation_id());
  Extend(event, "dataclassification", Classification(from.sensitivity()));
  Extend(event, "sensitivity", Code(*log::v1::Sensitivity_descriptor(), from.sensitivity()));
  Extend(event, "sector", Code(*log::v1::Sector_descriptor(), from.sector()));
  Extend(event, "place", from.place());
  Extend(event, "reason", from.reason());
  Extend(event, "sourcesystem", from.source_system());
  Extend(event, "sourceid", from.source_id());
}

absl::StatusOr<std::string> ClearJson(const log::v1::Event& event) {
  ASSIGN_OR_RETURN(const std::unique_ptr<google::protobuf::Message> message,
                   payload::JoinClear(event));
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(*message, &json, options).ok()) {
    return Error(absl::StatusCode::kDataLoss, "PAYLOAD_DAMAGED",
                 absl::StrCat("the fields of event ", event.event_id(), " cannot be printed"));
  }
  return json;
}

}  // namespace

std::string TypeName(std::string_view event_type, std::uint32_t schema_version) {
  absl::string_view name = absl::StripPrefix(ToAbsl(event_type), "mlup.");
  const std::size_t last_dot = name.rfind('.');
  if (last_dot == absl::string_view::npos)
    return absl::StrCat("org.mluprussey.", name, ".v", schema_version);
  // The package's own version gives way to the schema's, which stands last.
  const absl::string_view area = name.substr(0, name.find('.'));
  return absl::StrCat("org.mluprussey.", area, ".", name.substr(last_dot + 1), ".v",
                      schema_version);
}

std::string Sequence(Position position) { return absl::StrFormat("%020d", position.value); }

absl::StatusOr<CloudEvent> FromRecord(const log::v1::Record& record) {
  const log::v1::Event& from = record.event();
  CloudEvent event;
  ASSIGN_OR_RETURN(event.data, ClearJson(from));
  const std::string& stream = record.stream();
  const std::size_t slash = stream.find('/');
  const std::string id = slash == std::string::npos ? stream : stream.substr(slash + 1);
  event.id = from.event_id();
  event.source = absl::StrCat("/mro/", ToAbsl(std::string_view(stream).substr(0, slash)));
  event.type = TypeName(from.type(), from.schema_version());
  event.subject = id;
  event.time = OccurredText(from.occurred());
  event.dataschema = absl::StrCat("urn:mlup:event:", from.type(), ":", from.schema_version());
  event.datacontenttype = "application/json";
  Extend(event, "sequence", Sequence({record.position()}));
  Extend(event, "partitionkey", id);
  if (record.has_recorded_at()) Extend(event, "recordedtime", TimeText(record.recorded_at()));
  if (record.has_clock_behind()) Extend(event, "clocktime", TimeText(record.clock_behind()));
  ExtendFromEnvelope(from, event);
  return event;
}

}  // namespace mlup::cloudevents
