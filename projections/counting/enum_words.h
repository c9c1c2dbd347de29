// Enum values as reports print them: in lower case without the enum's prefix.
#pragma once

#include <string>

#include <google/protobuf/descriptor.h>

namespace mlup::counting {

// `kinship` for CARE_TYPE_KINSHIP; empty for the unspecified value and for numbers without a name.
std::string EnumWord(const google::protobuf::EnumDescriptor* type, int number);

}  // namespace mlup::counting
