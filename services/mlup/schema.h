// What a person must know to enter a command: its fields and their rules in words.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace mlup::cli {

// One field that can be given.
struct FieldHelp {
  // `case_opened.child.person_id`; `[]` after the name of a list.
  std::string path;
  // `text`, `number`, `true or false`, `time`, `one of`, `group`, each with `list of` before it.
  std::string type;
  bool required = false;
  // Sealed under the person's own key before it is stored.
  bool personal = false;
  // What holds for the value, in words.
  std::vector<std::string> rules;
  std::string meaning;
  // Allowed values with their meaning, for `one of`.
  std::vector<std::pair<std::string, std::string>> values;
};

// One kind of fact that a call records.
struct FactHelp {
  // Field of the request.
  std::string name;
  std::string meaning;
  // On which streams it may stand.
  std::vector<std::string> rules;
  std::vector<FieldHelp> fields;
  std::string example;
};

struct CallHelp {
  std::string call;
  // With the errors it may answer.
  std::string purpose;
  // `context` and `stream`, which all facts of the call need.
  std::vector<FieldHelp> fields;
  std::vector<FactHelp> facts;
};

// Everything about a call; only the facts called `fact` when one is.
CallHelp DescribeCall(const google::protobuf::MethodDescriptor& method, const std::string& fact);

// The fields of a message, and those of its groups.
std::vector<FieldHelp> DescribeFields(const google::protobuf::Descriptor& message);

// On which streams an event may stand, in words.
std::vector<std::string> DescribeEventRules(const google::protobuf::Descriptor& event);

}  // namespace mlup::cli
