// Puts descriptors, rules and comments into words.
#include "services/mlup/schema.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

#include "eventstore/base/limits.h"
#include "mlup/command/v1/command.pb.h"
#include "mlup/privacy/v1/privacy.pb.h"
#include "services/mlup/catalogue.h"
#include "services/mlup/example.h"

namespace mlup::cli {
namespace {

using command::v1::FieldRule;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

std::string TypeWords(const FieldDescriptor& field) {
  const std::string list = field.is_repeated() ? "list of " : "";
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return list + "text";
    case FieldDescriptor::CPPTYPE_BOOL:
      return list + "true or false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return list + "one of";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field.message_type()->full_name() == "google.protobuf.Timestamp") return list + "time";
      return list + "group";
    default:
      return list + "whole number";
  }
}

std::string FormatWords(const FieldRule& rule) {
  const auto* format = command::v1::Format_descriptor()->FindValueByNumber(rule.format());
  std::string words = Comment(*format);
  if (!words.empty()) words[0] = absl::ascii_tolower(static_cast<unsigned char>(words[0]));
  if (rule.format() == command::v1::FORMAT_UUID) words = "a UUID in lower case";
  return std::string(absl::StripSuffix(words, "."));
}

std::string Bounds(std::int64_t min, std::int64_t max) {
  if (max > 0) return absl::StrCat(min, " to ", max);
  return min > 0 ? absl::StrCat("at least ", min) : "";
}

std::vector<std::string> RuleWords(const FieldDescriptor& field) {
  const FieldRule& rule = field.options().GetExtension(command::v1::rule);
  std::vector<std::string> words;
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    if (rule.format() != command::v1::FORMAT_UNSPECIFIED) words.push_back(FormatWords(rule));
    const std::size_t longest = rule.max_length() > 0 ? rule.max_length() : kTextCharactersMax;
    if (rule.format() == command::v1::FORMAT_UNSPECIFIED || rule.max_length() > 0) {
      words.push_back(absl::StrCat("at most ", longest, " characters"));
    }
  } else if (const std::string bounds = Bounds(rule.min(), rule.max()); !bounds.empty()) {
    words.push_back(bounds);
  }
  if (!rule.categories().empty()) {
    words.push_back(absl::StrCat("category ", absl::StrJoin(rule.categories(), " or ")));
  }
  if (field.is_repeated()) {
    const std::size_t most = rule.max_items() > 0 ? rule.max_items() : kRepeatedItemsMax;
    words.push_back(
        absl::StrCat(Bounds(rule.min_items(), static_cast<std::int64_t>(most)), " items"));
  }
  if (field.message_type() != nullptr && TypeWords(field) == "time") {
    words.push_back("like 2021-02-17T09:30:00+07:00");
  }
  if (!rule.example().empty()) words.push_back(absl::StrCat("for example ", rule.example()));
  return words;
}

FieldHelp Describe(const FieldDescriptor& field, const std::string& prefix) {
  FieldHelp help;
  help.path = absl::StrCat(prefix, field.name(), field.is_repeated() ? "[]" : "");
  help.type = TypeWords(field);
  const FieldRule& rule = field.options().GetExtension(command::v1::rule);
  help.required = rule.required() || rule.min_items() > 0;
  help.personal = field.options().GetExtension(privacy::v1::personal);
  help.rules = RuleWords(field);
  help.meaning = Comment(field);
  for (int i = 0; field.enum_type() != nullptr && i < field.enum_type()->value_count(); ++i) {
    const auto& value = *field.enum_type()->value(i);
    if (value.number() != 0) help.values.emplace_back(value.name(), Comment(value));
  }
  return help;
}

void Walk(const Descriptor& message, const std::string& prefix, std::vector<FieldHelp>& fields) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    fields.push_back(Describe(field, prefix));
    const std::string path = absl::StrCat(fields.back().path, ".");
    if (field.message_type() != nullptr && fields.back().type != "time")
      Walk(*field.message_type(), path, fields);
  }
}

FactHelp DescribeFact(const google::protobuf::MethodDescriptor& method,
                      const FieldDescriptor& field) {
  FactHelp fact;
  fact.name = field.name();
  fact.meaning = Comment(*field.message_type());
  fact.rules = DescribeEventRules(*field.message_type());
  Walk(*field.message_type(), absl::StrCat(field.name(), "."), fact.fields);
  fact.example = ExampleLine(method, field);
  return fact;
}

}  // namespace

std::vector<std::string> DescribeEventRules(const Descriptor& event) {
  const command::v1::EventRule& rule = event.options().GetExtension(command::v1::event);
  std::vector<std::string> words = {
      absl::StrCat("stands on a stream of category ", absl::StrJoin(rule.categories(), " or "))};
  if (rule.creates()) words.push_back("is the first event of its stream");
  if (rule.needs_existing()) words.push_back("the stream must hold an event already");
  return words;
}

std::vector<FieldHelp> DescribeFields(const Descriptor& message) {
  std::vector<FieldHelp> fields;
  Walk(message, "", fields);
  return fields;
}

CallHelp DescribeCall(const google::protobuf::MethodDescriptor& method, const std::string& fact) {
  CallHelp help{.call = CallName(method), .purpose = Comment(method), .fields = {}, .facts = {}};
  for (int i = 0; i < method.input_type()->field_count(); ++i) {
    const FieldDescriptor& field = *method.input_type()->field(i);
    if (field.name() == "context") {
      help.fields.push_back(Describe(field, ""));
      Walk(*field.message_type(), "context.", help.fields);
    } else if (field.name() == "stream") {
      help.fields.push_back(Describe(field, ""));
    } else if (fact.empty() || fact == field.name() || fact == field.message_type()->name() ||
               fact == field.message_type()->full_name()) {
      help.facts.push_back(DescribeFact(method, field));
    }
  }
  return help;
}

}  // namespace mlup::cli
