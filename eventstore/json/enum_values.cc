#include "eventstore/json/enum_values.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

#include "eventstore/base/nearest.h"

namespace mlup::strict {

std::vector<std::string> ValueNames(const google::protobuf::EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) names.push_back(type.value(i)->name());
  }
  return names;
}

std::vector<std::string> ValueWords(const google::protobuf::EnumDescriptor& type) {
  const absl::string_view prefix = absl::StripSuffix(type.value(0)->name(), "UNSPECIFIED");
  std::vector<std::string> words = ValueNames(type);
  for (std::string& word : words) word = absl::AsciiStrToLower(absl::StripPrefix(word, prefix));
  return words;
}

std::string MustBeOneOf(const std::vector<std::string>& names, std::string_view given) {
  return absl::StrCat("must be one of ", absl::StrJoin(names, ", "), DidYouMean(given, names));
}

}  // namespace mlup::strict
