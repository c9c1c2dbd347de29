// What an error says that a field may hold.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace mlup::strict {

// The names of all values but the one that says nothing is given. Pure, as all below.
std::vector<std::string> ValueNames(const google::protobuf::EnumDescriptor& type);

// The same as they are written at a command line or in a query: `case_mgmt` of SECTOR_CASE_MGMT.
std::vector<std::string> ValueWords(const google::protobuf::EnumDescriptor& type);

// "must be one of CASE_TYPE_A, CASE_TYPE_B", and which of them is nearest to what was given.
std::string MustBeOneOf(const std::vector<std::string>& names, std::string_view given);

}  // namespace mlup::strict
