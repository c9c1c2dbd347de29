// A complete example of a command, made from the rules of its fields.
#pragma once

#include <string>

#include <google/protobuf/descriptor.h>

namespace mlup::cli {

// A line for `mlup import` that passes every rule of fields. `fact` is the field of the request
// that holds the event, which may stand in a oneof. Ids are made of the names of their fields, so
// that the examples of one stream fit together.
std::string ExampleLine(const google::protobuf::MethodDescriptor& method,
                        const google::protobuf::FieldDescriptor& fact);

}  // namespace mlup::cli
