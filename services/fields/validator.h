// The one validator: the rules of fields that stand in the protos as options
// (mlup.command.v1.rule).
#pragma once

#include <string>

#include <google/protobuf/message.h>

#include "eventstore/base/status.h"
#include "mlup/command/v1/command.pb.h"

namespace mlup::fields {

// Checks every field of a request, sub-messages too. INVALID_ARGUMENT with the path of the first
// bad field (`facts[0].person_registered.person.sex`, `lines[0].quantity`): FIELD_REQUIRED,
// FIELD_UNKNOWN, FORMAT_UUID and the other forms, TOO_LONG, OUT_OF_RANGE, TOO_FEW_ITEMS,
// TOO_MANY_ITEMS, ENUM_UNKNOWN, TEXT_INVALID. Texts are UTF-8 without control characters, line
// breaks and tabs in free text excepted. Numbers are not negative unless their rule says so. A
// oneof without a choice is a missing field. Pure: any thread.
absl::Status Validate(const google::protobuf::Message& request);

// The same for an event message whose personal fields are sealed: those that are unset are passed
// over.
absl::Status ValidateClear(const google::protobuf::Message& event);

// The rule of one field of `owner`, which is set, whatever the other fields hold; of a list, that
// of its first item. `path` is for errors.
absl::Status ValidateValue(const google::protobuf::Message& owner,
                           const google::protobuf::FieldDescriptor& field, const std::string& path);

// The form in plain words, as the error says it: "a province code 01..25 or unknown".
std::string FormatWords(command::v1::Format format);

}  // namespace mlup::fields
