// Messages from JSON, strictly.
#pragma once

#include <string>

#include <google/protobuf/message.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/status.h"

namespace mlup::strict {

// Reads an object in protobuf's JSON form into `message`, which is empty. Field names are those of
// the proto (`name_latin`) or their other form (`nameLatin`), never both; null leaves a field out.
// INVALID_ARGUMENT with the path of the field (`facts[0].case_opened.child`) and FIELD_UNKNOWN,
// FIELD_DOUBLED or VALUE_INVALID. Errors repeat no value. The document's depth is bounded by
// ParseJson(). Maps and fractions are refused: amounts are texts. Pure: any thread.
absl::Status ToMessage(const nlohmann::json& object, google::protobuf::Message& message);

// The field of `type` that is called `name` in either form; null when there is none.
const google::protobuf::FieldDescriptor* FindField(const google::protobuf::Descriptor& type,
                                                   const std::string& name);

}  // namespace mlup::strict
