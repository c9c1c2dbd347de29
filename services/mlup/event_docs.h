// The documentation of all events that other systems can get, made from the protos.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace mlup::cli {

// Every event type that may leave this system, in the order of the protos.
std::vector<const google::protobuf::Descriptor*> PublicEventTypes();

// The event as another system gets it, for documentation and tests: with every clear field, in one
// line of JSON.
std::string ExampleCloudEvent(const google::protobuf::Descriptor& event);

// Markdown files by name: `README.md`, and one for each area such as `cases.md`.
std::map<std::string, std::string> EventDocs();

}  // namespace mlup::cli
