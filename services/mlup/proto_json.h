// Messages as JSON with the field names of the protos.
#pragma once

#include <string>

#include <google/protobuf/message.h>

namespace mlup::cli {

// One line; fields that are not set are printed too.
std::string ToJson(const google::protobuf::Message& message);

}  // namespace mlup::cli
