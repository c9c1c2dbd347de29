#include "services/mlup/meaning.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

#include "mlup/command/v1/command.pb.h"
#include "services/mlup/catalogue.h"

namespace mlup::cli {
namespace {

// `org_at_time` as "Org at time".
std::string NameWords(absl::string_view name) {
  std::string words = absl::AsciiStrToLower(absl::StrReplaceAll(name, {{"_", " "}}));
  if (!words.empty()) words[0] = absl::ascii_toupper(static_cast<unsigned char>(words[0]));
  return words;
}

}  // namespace

std::string Sentence(const std::string& text) {
  return text.empty() || absl::EndsWith(text, ".") ? text : absl::StrCat(text, ".");
}

std::string Meaning(const google::protobuf::Descriptor& event) {
  const std::string comment = Comment(event);
  if (!comment.empty()) return Sentence(comment);
  const std::string& label = event.options().GetExtension(command::v1::event).label();
  return Sentence(label.empty() ? event.name() : label);
}

std::string Meaning(const google::protobuf::FieldDescriptor& field) {
  const std::string comment = Comment(field);
  return Sentence(comment.empty() ? NameWords(field.name()) : comment);
}

std::string Meaning(const google::protobuf::EnumValueDescriptor& value) {
  const std::string comment = Comment(value);
  if (!comment.empty()) return Sentence(comment);
  if (value.number() == 0) return "Not given.";
  // Values begin with the name of their type, as the first one shows.
  const absl::string_view type = absl::StripSuffix(value.type()->value(0)->name(), "UNSPECIFIED");
  return Sentence(NameWords(absl::StripPrefix(value.name(), type)));
}

}  // namespace mlup::cli
