// Reads every form of an identifier that the protocol's clients write.
#include "services/esdb/identifiers.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

#include "eventstore/base/check.h"
#include "eventstore/base/uuid.h"
#include "services/esdb/names.h"

namespace mlup::esdb {
namespace {

constexpr std::size_t kTextMax = 128;

std::string Hex(std::uint64_t value) { return absl::StrCat(absl::Hex(value, absl::kZeroPad16)); }

bool IsEnclosed(std::string_view text, char first, char last) {
  return text.size() >= 2 && text.front() == first && text.back() == last;
}

// `0x1a2b`, of at most `digits` digits, as so many; empty for anything else.
std::string HexField(absl::string_view text, std::size_t digits) {
  text = absl::StripAsciiWhitespace(text);
  if (!absl::StartsWith(text, "0x")) return "";
  text.remove_prefix(2);
  const bool is_hex = std::all_of(text.begin(), text.end(), absl::ascii_isxdigit);
  if (text.empty() || text.size() > digits || !is_hex) return "";
  return absl::StrCat(std::string(digits - text.size(), '0'), text);
}

// `{0x00000000,0x0000,0x0000,{0x00,…}}`: 32 digits; empty for anything else.
std::string FromFields(std::string_view text) {
  const std::size_t inner = text.find('{', 1);
  if (!IsEnclosed(text, '{', '}') || inner == std::string_view::npos) return "";
  std::string fields(text.substr(1, inner - 1));
  const std::string_view rest =
      ToStd(absl::StripAsciiWhitespace(ToAbsl(text.substr(inner, text.size() - inner - 1))));
  if (!IsEnclosed(rest, '{', '}')) return "";
  absl::StrAppend(&fields, ToAbsl(rest.substr(1, rest.size() - 2)));
  const std::vector<std::string> parts = absl::StrSplit(fields, ',');
  constexpr std::size_t kDigits[] = {8, 4, 4, 2, 2, 2, 2, 2, 2, 2, 2};
  if (parts.size() != std::size(kDigits)) return "";
  std::string hex;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string field = HexField(parts[i], kDigits[i]);
    if (field.empty()) return "";
    hex += field;
  }
  return hex;
}

}  // namespace

absl::StatusOr<std::string> UuidText(const pb::UUID& uuid) {
  std::string text;
  if (uuid.value_case() == pb::UUID::kStructured) {
    return WithHyphens(Hex(static_cast<std::uint64_t>(uuid.structured().most_significant_bits())) +
                       Hex(static_cast<std::uint64_t>(uuid.structured().least_significant_bits())));
  }
  if (uuid.string().size() <= kTextMax) {
    text = absl::AsciiStrToLower(absl::StripAsciiWhitespace(uuid.string()));
  }
  if (const std::string hex = FromFields(text); !hex.empty()) return WithHyphens(hex);
  if (IsEnclosed(text, '{', '}') || IsEnclosed(text, '(', ')')) {
    text = text.substr(1, text.size() - 2);
    if (IsUuid(text)) return text;
  } else if (IsUuid(text)) {
    return text;
  } else if (const std::string hyphened = WithHyphens(text); !hyphened.empty()) {
    return hyphened;
  }
  return Error(absl::StatusCode::kInvalidArgument, "EVENT_ID_INVALID",
               "an id must be a UUID: 32 hexadecimal digits, with or without hyphens; with them "
               "it may stand in braces or parentheses");
}

pb::UUID ToUuid(std::string_view text, UuidForm form) {
  pb::UUID uuid;
  // What is none has no numbers, whoever stored it.
  if (form == UuidForm::kText || !IsUuid(text)) {
    uuid.set_string(std::string(text));
    return uuid;
  }
  const std::string hex = WithoutHyphens(text);
  const auto half = [&hex](std::size_t at) {
    std::uint64_t value = 0;
    CHECK(absl::SimpleHexAtoi(hex.substr(at, 16), &value));
    return static_cast<std::int64_t>(value);
  };
  uuid.mutable_structured()->set_most_significant_bits(half(0));
  uuid.mutable_structured()->set_least_significant_bits(half(16));
  return uuid;
}

}  // namespace mlup::esdb
