// Complete examples, made from the rules of the fields.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "services/domain/fact_table.h"

namespace mlup::cli {

// A line for `mlup import` that passes every rule of fields, with this fact. Ids are made of the
// names of their fields, so that the examples of one stream fit together.
std::string ExampleLine(const domain::FactType& fact);

// The event itself, filled in the same way.
std::unique_ptr<google::protobuf::Message> ExampleEvent(const google::protobuf::Descriptor& event);

// The id in examples for what is called `name`, such as `case_id`; always the same.
std::string ExampleId(std::string_view name);

}  // namespace mlup::cli
