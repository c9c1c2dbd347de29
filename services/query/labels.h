// What a person reads for codes, enum values, fields, event types and places. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>

namespace mlup::query {

// `emergency_food_pack` as "Emergency food pack"; known short forms stay upper case ("RCI
// partner").
std::string CodeLabel(std::string_view code);

// The label of an enum value: its option, or its words without the name of the type. "Not given"
// for 0.
std::string EnumLabel(const google::protobuf::EnumValueDescriptor& value);

// `residence_province_code` as "Residence province".
std::string FieldLabel(std::string_view field_name);

// The label of an event type: its option, or its words.
std::string EventLabel(const google::protobuf::Descriptor& type);

// "Battambang", "Battambang, commune 020305", "Unknown", "Remote"; empty for an empty code.
std::string PlaceLabel(std::string_view code);

}  // namespace mlup::query
