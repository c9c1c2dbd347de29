// Changes to single fields of a message, by path, as DetailsCorrected states them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "eventstore/base/status.h"

namespace mlup::payload {

// The value of a scalar field in proto JSON (`"25"`, `3`, `"SEX_FEMALE"`); `null` for one that is
// unset, of whatever type, and for one inside a sub-message that is absent. A bool without presence
// is never unset: `false`. Paths: `reason`, `lines[0].quantity`, `person.sex`,
// `persons[1].role`. INVALID_ARGUMENT FIELD_UNKNOWN.
absl::StatusOr<std::string> ReadField(const google::protobuf::Message& message,
                                      std::string_view path);

// Sets a scalar field from proto JSON, and makes the absent sub-messages around it; `null` unsets
// it, and those around it that hold nothing any more. INVALID_ARGUMENT FIELD_UNKNOWN,
// VALUE_INVALID; changes nothing then.
absl::Status WriteField(google::protobuf::Message& message, std::string_view path,
                        std::string_view json);

struct FieldValue {
  // As ReadField() prints it.
  std::string json;
  // A message that holds this value only; null for `null`.
  std::unique_ptr<google::protobuf::Message> holder;
};

// The value that WriteField() would set, whatever the lists of the event hold. Errors as
// WriteField().
absl::StatusOr<FieldValue> ParseValue(const google::protobuf::Descriptor& type,
                                      std::string_view path, std::string_view json);

// The fields that a path leads through, the one that it names last, whatever the lists of the event
// hold; none where there is no such field.
std::vector<const google::protobuf::FieldDescriptor*> FieldsOn(
    const google::protobuf::Descriptor& type, std::string_view path);

}  // namespace mlup::payload
