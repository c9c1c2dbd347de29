#include "projections/counting/enum_words.h"

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace mlup::counting {

std::string EnumWord(const google::protobuf::EnumDescriptor* type, int number) {
  const auto* value = type->FindValueByNumber(number);
  if (value == nullptr) return "";
  absl::string_view prefix = type->value(0)->name();
  if (!absl::ConsumeSuffix(&prefix, "UNSPECIFIED")) prefix = "";
  absl::string_view word = value->name();
  absl::ConsumePrefix(&word, prefix);
  return value->number() == 0 && !prefix.empty() ? "" : absl::AsciiStrToLower(word);
}

}  // namespace mlup::counting
