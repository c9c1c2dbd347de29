// The event types this program knows.
#pragma once

#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace mlup::payload {

// The message of a full event type such as `mlup.cases.v1.CaseClosed`; null for one we do not know.
// Any thread.
const google::protobuf::Descriptor* FindEventType(std::string_view type);

// All event types, by service and in the order of their protos.
const std::vector<const google::protobuf::Descriptor*>& EventTypes();

}  // namespace mlup::payload
