#include "services/esdb/records.h"

#include <string>

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "eventstore/json/json_text.h"
#include "services/esdb/metadata.h"

namespace mlup::esdb {
namespace {

const char* FormatName(v2::SchemaFormat format) {
  switch (format) {
    case v2::SCHEMA_FORMAT_JSON:
      return "Json";
    case v2::SCHEMA_FORMAT_PROTOBUF:
      return "Protobuf";
    case v2::SCHEMA_FORMAT_AVRO:
      return "Avro";
    default:
      return "Bytes";
  }
}

absl::StatusOr<std::string> MetadataJson(const v2::AppendRecord& record) {
  google::protobuf::Struct metadata;
  auto& fields = *metadata.mutable_fields();
  for (const auto& [key, value] : record.properties()) fields[key] = value;
  fields["$schema.format"].set_string_value(FormatName(record.schema().format()));
  fields["$schema.name"].set_string_value(record.schema().name());
  if (!record.schema().id().empty()) fields["$schema.id"].set_string_value(record.schema().id());
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(metadata, &json).ok()) {
    return Error(absl::StatusCode::kInvalidArgument, "PROPERTIES_INVALID",
                 "the properties of a record must be values of JSON");
  }
  // The same record is the same text: its keys are sorted.
  ASSIGN_OR_RETURN(const nlohmann::json sorted, strict::ParseJson(json));
  return sorted.dump();
}

}  // namespace

absl::StatusOr<pb::streams::AppendReq::ProposedMessage> ToProposed(const v2::AppendRecord& record,
                                                                   std::string_view new_id) {
  if (record.schema().name().empty()) return MetadataMissing("schema.name");
  pb::streams::AppendReq::ProposedMessage message;
  message.mutable_id()->set_string(record.record_id().empty() ? std::string(new_id)
                                                              : record.record_id());
  (*message.mutable_metadata())["type"] = record.schema().name();
  (*message.mutable_metadata())["content-type"] = record.schema().format() == v2::SCHEMA_FORMAT_JSON
                                                      ? "application/json"
                                                      : "application/octet-stream";
  ASSIGN_OR_RETURN(*message.mutable_custom_metadata(), MetadataJson(record));
  message.set_data(record.data());
  return message;
}

absl::StatusOr<Expected> ExpectedOf(std::int64_t number) {
  switch (number) {
    case -1:
      return Expected{Expected::Kind::kNoStream, 0};
    case -2:
      return Expected{Expected::Kind::kAny, 0};
    case -4:
      return Expected{Expected::Kind::kStreamExists, 0};
    default:
      break;
  }
  const auto revision = static_cast<std::uint64_t>(number);
  if (number >= 0 && revision < kDeletedRevision) {
    return Expected{Expected::Kind::kRevision, revision};
  }
  return Error(absl::StatusCode::kInvalidArgument, "REVISION_INVALID",
               "an expected revision is not negative, or -1 for no stream, -2 for any, -4 for an "
               "existing one");
}

}  // namespace mlup::esdb
