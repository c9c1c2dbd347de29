// What an element of a proto means: its comment, or the words of its name where it needs none.
#pragma once

#include <string>

#include <google/protobuf/descriptor.h>

namespace mlup::cli {

// Any thread.

// The text with a full stop; nothing stays nothing.
std::string Sentence(const std::string& text);

// A sentence each, never empty.

// An event message without a comment is called as in histories.
std::string Meaning(const google::protobuf::Descriptor& event);
std::string Meaning(const google::protobuf::FieldDescriptor& field);
std::string Meaning(const google::protobuf::EnumValueDescriptor& value);

}  // namespace mlup::cli
