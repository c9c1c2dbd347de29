// A complete example of a command, made from the rules of its fields.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

namespace mlup::cli {

// A line for `mlup import` that passes every rule of fields. `fact` is the field of the request
// that holds the event, which may stand in a oneof. Ids are made of the names of their fields, so
// that the examples of one stream fit together.
std::string ExampleLine(const google::protobuf::MethodDescriptor& method,
                        const google::protobuf::FieldDescriptor& fact);

// The event itself, filled in the same way.
std::unique_ptr<google::protobuf::Message> ExampleEvent(const google::protobuf::Descriptor& event);

// The id in examples for what is called `name`, such as `case_id`; always the same.
std::string ExampleId(std::string_view name);

}  // namespace mlup::cli
