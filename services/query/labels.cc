#include "services/query/labels.h"

#include <algorithm>
#include <array>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "eventstore/base/status.h"
#include "mlup/command/v1/command.pb.h"
#include "projections/provinces.h"

namespace mlup::query {
namespace {

// Written in upper case wherever they stand.
constexpr std::array<std::string_view, 17> kShortForms = {
    "cbo", "ccwc", "covid", "csg", "cwcc", "cwn", "efc",  "fbac", "kcp",
    "khr", "mel",  "ngo",   "ovc", "rci",  "usd", "ypag", "id"};

// Words in lower case, short forms excepted, the first letter a capital.
std::string ToSentence(std::vector<std::string> words) {
  std::erase(words, "");
  for (std::string& word : words) {
    if (std::ranges::find(kShortForms, word) != kShortForms.end()) absl::AsciiStrToUpper(&word);
  }
  std::string text = absl::StrJoin(words, " ");
  if (!text.empty()) text[0] = absl::ascii_toupper(static_cast<unsigned char>(text[0]));
  return text;
}

// `WhyNone` as `WHY_NONE_`: how the names of its values begin.
std::string ValuePrefix(const google::protobuf::EnumDescriptor& type) {
  return std::string(absl::StripSuffix(type.value(0)->name(), "UNSPECIFIED"));
}

// The kind of area that a gazetteer code of this length names.
std::string_view AreaKind(std::size_t digits) {
  switch (digits) {
    case 4:
      return "district";
    case 6:
      return "commune";
    default:
      return "village";
  }
}

}  // namespace

std::string CodeLabel(std::string_view code) {
  return ToSentence(absl::StrSplit(absl::AsciiStrToLower(ToAbsl(code)), '_', absl::SkipEmpty()));
}

std::string EnumLabel(const google::protobuf::EnumValueDescriptor& value) {
  const std::string& label = value.options().GetExtension(command::v1::label);
  if (!label.empty()) return label;
  if (value.number() == 0) return "Not given";
  return CodeLabel(ToStd(absl::StripPrefix(value.name(), ValuePrefix(*value.type()))));
}

std::string FieldLabel(std::string_view field_name) {
  if (field_name == "n") return "Number of people";
  absl::string_view name = ToAbsl(field_name);
  std::string script;
  if (absl::ConsumeSuffix(&name, "_km")) script = " (Khmer)";
  if (absl::ConsumeSuffix(&name, "_latin")) script = " (Latin letters)";
  if (absl::ConsumeSuffix(&name, "_en")) script = " (English)";
  for (const char* suffix : {"_ids", "_id", "_codes", "_code", "_n"}) {
    if (absl::ConsumeSuffix(&name, suffix)) break;
  }
  std::vector<std::string> words = absl::StrSplit(std::string(name), '_');
  for (std::string& word : words) {
    if (word == "org" || word == "orgs") word = "organisation";
  }
  return ToSentence(std::move(words)) + script;
}

std::string EventLabel(const google::protobuf::Descriptor& type) {
  const std::string& label = type.options().GetExtension(command::v1::event).label();
  if (!label.empty()) return label;
  std::string words;
  for (const char c : type.name()) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !words.empty()) words += '_';
    words += c;
  }
  return CodeLabel(words);
}

std::string PlaceLabel(std::string_view code) {
  const projections::Province* province = projections::FindProvince(code);
  if (province == nullptr) return CodeLabel(code);
  if (code.size() == 2) return std::string(province->name_en);
  return absl::StrCat(ToAbsl(province->name_en), ", ", ToAbsl(AreaKind(code.size())), " ",
                      ToAbsl(code));
}

}  // namespace mlup::query
