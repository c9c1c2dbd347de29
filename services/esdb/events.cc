#include "services/esdb/events.h"

#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/check.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/uuid.h"
#include "eventstore/json/json_text.h"
#include "eventstore/log/timestamp.h"
#include "eventstore/payload/event_types.h"
#include "eventstore/payload/payload.h"
#include "mlup/ext/v1/external_events.pb.h"
#include "services/esdb/faults.h"
#include "services/esdb/metadata.h"
#include "services/esdb/names.h"
#include "services/fields/text_format.h"

namespace mlup::esdb {
namespace {

using pb::streams::AppendReq;

constexpr char kJson[] = "application/json";
constexpr char kBytes[] = "application/octet-stream";

absl::Status Invalid(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, message);
}

absl::Status CheckText(std::string_view text, std::string_view what) {
  const fields::TextScan scan = fields::ScanText(text);
  if (text.size() <= kEsdbTypeMax && scan.valid && !scan.control_characters &&
      !scan.line_breaks_or_tabs) {
    return absl::OkStatus();
  }
  return Invalid("TEXT_INVALID", absl::StrCat(ToAbsl(what), " is at most ", kEsdbTypeMax,
                                              " bytes of UTF-8 without control characters"));
}

// Data that says it is JSON goes out to readers who believe it.
absl::Status CheckData(std::string_view type, std::string_view content_type,
                       std::string_view data) {
  const bool is_metadata = type == kMetadataType;
  if (content_type != kJson && !is_metadata) return absl::OkStatus();
  const auto json = strict::ParseJson(data);
  if (!json.ok()) {
    return FieldError(absl::StatusCode::kInvalidArgument, ErrorReason(json.status()), "data",
                      absl::StrCat(ErrorField(json.status()), " ", json.status().message()));
  }
  if (json->is_object() || !is_metadata) return absl::OkStatus();
  return FieldError(absl::StatusCode::kInvalidArgument, "METADATA_INVALID", "data",
                    "the metadata of a stream is a JSON object");
}

// The correlation and causation that the author states in JSON metadata.
void TakeTies(std::string_view metadata, log::v1::Event& event) {
  if (metadata.find("$correlationId") == std::string_view::npos &&
      metadata.find("$causationId") == std::string_view::npos) {
    return;
  }
  // Metadata may be any bytes: what is no JSON states nothing.
  const auto json = strict::ParseJson(metadata);
  if (!json.ok() || !json->is_object()) return;
  const auto text = [&json](const char* key) -> std::string {
    const auto found = json->find(key);
    const bool usable = found != json->end() && found->is_string();
    const std::string value = usable ? found->get<std::string>() : "";
    return value.size() <= kEnvelopeTextMax ? value : "";
  };
  event.set_correlation_id(text("$correlationId"));
  event.set_causation_id(text("$causationId"));
}

log::v1::Event MakeEvent(const ext::v1::ExternalEvent& external, std::string event_id,
                         const Author& author) {
  log::v1::Event event;
  event.set_event_id(std::move(event_id));
  event.set_type(std::string(kExternalEventType));
  event.set_schema_version(1);
  event.mutable_occurred()->set_precision(log::v1::PRECISION_UNKNOWN);
  event.mutable_actor()->set_actor_id(author.subscriber_id);
  event.mutable_actor()->set_role("subscriber");
  event.mutable_actor()->set_organisation_id(author.organisation_id);
  event.set_channel(log::v1::CHANNEL_SYSTEM);
  event.set_source_system(author.source_system);
  event.set_source_id(event.event_id());
  event.set_common(external.SerializeAsString());
  return event;
}

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  CHECK(google::protobuf::util::MessageToJsonString(message, &json, options).ok());
  return json;
}

// What the envelope tells, as JSON metadata.
std::string EnvelopeJson(const log::v1::Record& record) {
  log::v1::Event envelope = record.event();
  envelope.clear_common();
  envelope.clear_subjects();
  envelope.clear_request_id();
  auto facts = nlohmann::ordered_json::parse(ToJson(envelope));
  facts["position"] = record.position();
  facts["stream"] = record.stream();
  facts["revision"] = record.revision();
  facts["recorded_at"] = absl::FormatTime(
      absl::RFC3339_full, log::FromTimestamp(record.recorded_at()), absl::UTCTimeZone());
  if (record.has_clock_behind()) {
    facts["clock_behind"] = absl::FormatTime(
        absl::RFC3339_full, log::FromTimestamp(record.clock_behind()), absl::UTCTimeZone());
  }
  nlohmann::ordered_json metadata;
  if (!envelope.correlation_id().empty()) metadata["$correlationId"] = envelope.correlation_id();
  if (!envelope.causation_id().empty()) metadata["$causationId"] = envelope.causation_id();
  metadata["mlup"] = std::move(facts);
  return metadata.dump();
}

ext::v1::ExternalEvent External(const log::v1::Record& record) {
  ext::v1::ExternalEvent external;
  if (!external.ParseFromString(record.event().common())) external.Clear();
  return external;
}

void FillCommon(const log::v1::Record& record, std::string_view id, const Outline& outline,
                UuidForm form, RecordedEvent& event) {
  *event.mutable_id() = ToUuid(id, form);
  event.mutable_stream_identifier()->set_stream_name(outline.stream);
  event.set_stream_revision(outline.revision);
  event.set_prepare_position(record.position());
  event.set_commit_position(record.position());
  const absl::Duration since = log::FromTimestamp(record.recorded_at()) - absl::UnixEpoch();
  auto& metadata = *event.mutable_metadata();
  metadata["type"] = outline.type;
  metadata["created"] = absl::StrCat(absl::ToInt64Nanoseconds(since) / 100);
}

}  // namespace

absl::StatusOr<log::v1::Event> ToEvent(const AppendReq::ProposedMessage& message,
                                       const Author& author) {
  const auto type = message.metadata().find("type");
  const auto content_type = message.metadata().find("content-type");
  if (type == message.metadata().end() || type->second.empty()) return MetadataMissing("type");
  if (content_type == message.metadata().end()) return MetadataMissing("content-type");
  RETURN_IF_ERROR(CheckText(type->second, "an event's type"));
  RETURN_IF_ERROR(CheckText(content_type->second, "an event's content-type"));
  if (type->second.starts_with("mlup.")) {
    return AccessDenied("events of types `mlup.…` are recorded by mlup's own services only");
  }
  if (message.data().size() + message.custom_metadata().size() > kEsdbAppendBytesMax) {
    return AppendTooLarge(
        absl::StrCat("an event's data and metadata are at most ", kEsdbAppendBytesMax, " bytes"));
  }
  RETURN_IF_ERROR(CheckData(type->second, content_type->second, message.data()));
  ext::v1::ExternalEvent external;
  external.set_type(type->second);
  external.set_content_type(content_type->second);
  external.set_data(message.data());
  external.set_metadata(message.custom_metadata());
  ASSIGN_OR_RETURN(std::string id, UuidText(message.id()));
  log::v1::Event event = MakeEvent(external, std::move(id), author);
  TakeTies(message.custom_metadata(), event);
  return event;
}

const std::string& ClientId(const log::v1::Event& event) {
  return event.type() == kExternalEventType && IsUuid(event.source_id()) ? event.source_id()
                                                                         : event.event_id();
}

log::v1::Event SystemEvent(std::string_view type, std::string_view json, std::string event_id,
                           const Author& author) {
  ext::v1::ExternalEvent external;
  external.set_type(std::string(type));
  external.set_content_type(kJson);
  external.set_data(std::string(json));
  return MakeEvent(external, std::move(event_id), author);
}

Outline OutlineOf(const log::v1::Record& record) {
  Outline outline{ClientName(record.stream()), record.event().type(), record.revision() - 1,
                  record.event().correlation_id()};
  if (outline.type != kExternalEventType) return outline;
  outline.type = External(record).type();
  if (outline.type == kTombstoneType) {
    outline.stream = ClientName(StreamOfMetadata(record.stream()));
    outline.revision = kDeletedRevision;
  }
  return outline;
}

absl::StatusOr<RecordedEvent> ToRecorded(const log::v1::Record& record, UuidForm form) {
  RecordedEvent event;
  FillCommon(record, ClientId(record.event()), OutlineOf(record), form, event);
  auto& metadata = *event.mutable_metadata();
  if (record.event().type() == kExternalEventType) {
    ext::v1::ExternalEvent external = External(record);
    metadata["content-type"] = external.content_type();
    event.set_data(std::move(*external.mutable_data()));
    event.set_custom_metadata(std::move(*external.mutable_metadata()));
    return event;
  }
  event.set_custom_metadata(EnvelopeJson(record));
  if (payload::FindEventType(record.event().type()) == nullptr) {
    metadata["content-type"] = kBytes;
    event.set_data(record.event().common());
    return event;
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<google::protobuf::Message> message,
                   payload::JoinClear(record.event()));
  metadata["content-type"] = kJson;
  event.set_data(ToJson(*message));
  return event;
}

absl::StatusOr<LinkTarget> ParseLink(std::string_view data) {
  const std::size_t at = data.find('@');
  LinkTarget target;
  if (at == std::string_view::npos ||
      !absl::SimpleAtoi(ToAbsl(data.substr(0, at)), &target.revision)) {
    return Invalid("LINK_INVALID", "a link's data is <revision>@<stream>");
  }
  target.stream = std::string(data.substr(at + 1));
  return target;
}

RecordedEvent VirtualLink(std::string_view link_stream, std::uint64_t number,
                          const log::v1::Record& target, UuidForm form) {
  // Always the same id for the same link, as an answer names it.
  const std::string id = UuidOf(absl::StrCat(ToAbsl(link_stream), "\n", target.event().event_id()));
  const Outline to = OutlineOf(target);
  RecordedEvent link;
  const bool names = ParseName(link_stream)->kind == NameKind::kStreamsOfCategory;
  const std::string_view type = names ? kStreamReferenceType : kLinkType;
  FillCommon(target, id, {std::string(link_stream), std::string(type), number}, form, link);
  (*link.mutable_metadata())["content-type"] = kBytes;
  link.set_data(names ? to.stream : absl::StrCat(to.revision, "@", to.stream));
  nlohmann::ordered_json about = {{"$o", to.stream}, {"$causedBy", ClientId(target.event())}};
  link.set_custom_metadata(about.dump());
  return link;
}

}  // namespace mlup::esdb
