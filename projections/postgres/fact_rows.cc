#include "projections/postgres/fact_rows.h"

#include <memory>

#include <google/protobuf/util/json_util.h>

#include "eventstore/base/categories.h"
#include "projections/counting/enum_words.h"
#include "projections/provinces.h"

namespace mlup::postgres {
namespace {

using projections::Fact;

// The clear fields by their names in the protos.
absl::StatusOr<std::string> PayloadOf(const Fact& fact) {
  ASSIGN_OR_RETURN(const std::unique_ptr<google::protobuf::Message> message,
                   projections::MessageOf(fact));
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(*message, &json, options).ok()) {
    return Error(absl::StatusCode::kDataLoss, "FACT_DAMAGED", "a fact's message cannot be printed");
  }
  return WithoutNul(std::move(json));
}

void AddTimes(const Fact& fact, CopyText& rows) {
  rows.Days(fact.occurred)
      .Text(counting::EnumWord(log::v1::Precision_descriptor(), fact.precision))
      .Time(fact.instant);
}

void AddPlace(const Fact& fact, CopyText& rows) {
  rows.Text(fact.place).TextOrNull(ProvinceOf(fact.place));
}

}  // namespace

std::string_view ProvinceOf(std::string_view place) {
  if (place == "unknown" || place == "remote") return place;
  const projections::Province* province = projections::FindProvince(place);
  return province == nullptr ? std::string_view() : province->code;
}

std::string WithoutNul(std::string json) {
  constexpr std::string_view kNul = "u0000";
  for (std::size_t at = 0; (at = json.find('\\', at)) != std::string::npos; at += 2) {
    if (json.compare(at + 1, kNul.size(), kNul) == 0) json.replace(at + 1, kNul.size(), "ufffd");
  }
  return json;
}

absl::Status AddFactRow(const Fact& fact, CopyText& rows) {
  ASSIGN_OR_RETURN(const std::string payload, PayloadOf(fact));
  rows.Number(fact.position.value)
      .Text(fact.event_id)
      .Text(fact.type)
      .Text(CategoryOf(fact.stream))
      .Text(fact.stream)
      .Text(RecordIdOf(fact.stream))
      .Number(fact.revision.value);
  AddTimes(fact, rows);
  rows.Time(fact.known_at)
      .Time(fact.recorded_at)
      .Text(fact.actor_id)
      .Text(fact.role)
      .Text(fact.organisation_id);
  AddPlace(fact, rows);
  rows.Text(fact.reason)
      .Text(counting::EnumWord(log::v1::Sector_descriptor(), fact.sector))
      .Text(counting::EnumWord(log::v1::Channel_descriptor(), fact.channel))
      .Text(fact.source_system)
      .Number(fact.append_first_position)
      .Text(payload);
  rows.EndRow();
  return absl::OkStatus();
}

absl::Status AddCorrectedRow(const Fact& known, CopyText& rows) {
  ASSIGN_OR_RETURN(const std::string payload, PayloadOf(known));
  rows.Number(known.position.value).Bool(true);
  AddTimes(known, rows);
  AddPlace(known, rows);
  rows.Text(payload);
  rows.EndRow();
  return absl::OkStatus();
}

void AddEndedRow(Position position, CopyText& rows) {
  rows.Number(position.value).Bool(false).Null().Null().Null().Null().Null().Null().Null();
  rows.EndRow();
}

}  // namespace mlup::postgres
