#include "services/mlup/proto_json.h"

#include <google/protobuf/util/json_util.h>

#include "eventstore/base/check.h"

namespace mlup::cli {

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  CHECK(google::protobuf::util::MessageToJsonString(message, &json, options).ok());
  return json;
}

}  // namespace mlup::cli
