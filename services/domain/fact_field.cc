#include "services/domain/fact_field.h"

#include <algorithm>

#include "eventstore/payload/event_types.h"
#include "eventstore/payload/patch.h"
#include "eventstore/payload/payload.h"
#include "services/domain/life.h"
#include "services/fields/validator.h"

namespace mlup::domain {

absl::Status FactField::CheckValue(std::string_view json, const std::string& place) const {
  const absl::StatusOr<payload::FieldValue> value = payload::ParseValue(*event, path, json);
  if (ErrorReason(value.status()) == "FIELD_UNKNOWN") {
    return FieldError(absl::StatusCode::kInvalidArgument, "FIELD_UNKNOWN", place,
                      "must be of a field that holds one value");
  }
  if (!value.ok() || value->json != json) {
    return FieldError(absl::StatusCode::kInvalidArgument, "VALUE_INVALID", place,
                      "must be a value of the field in proto JSON, as a history prints it: "
                      "\"25\", 3, \"SEX_FEMALE\", null for none");
  }
  return value->holder == nullptr ? absl::OkStatus()
                                  : fields::ValidateValue(*value->holder, *fields.back(), place);
}

bool FactField::in_persons_part() const {
  return std::any_of(fields.begin(), fields.end(),
                     [](const auto* field) { return !payload::AboutField(*field).empty(); });
}

std::optional<FactField> FindFactField(std::string_view path) {
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  for (const google::protobuf::Descriptor* event : payload::EventTypes()) {
    if (FactName(*event) != path.substr(0, dot)) continue;
    FactField found{event, std::string(path.substr(dot + 1)), {}};
    found.fields = payload::FieldsOn(*event, found.path);
    if (found.fields.empty()) return std::nullopt;
    return found;
  }
  return std::nullopt;
}

}  // namespace mlup::domain
