// `<position>.<offset>.<reading>.<until>.<mark>`, the numbers decimal.
#include "services/query/page_token.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "eventstore/base/status.h"

namespace mlup::query {
namespace {

// Takes the same time wherever they differ.
bool SameText(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  }
  return difference == 0;
}

}  // namespace

std::string FormatPageToken(const PageToken& token, const PageMark& mark) {
  const std::string text = absl::StrCat(token.as_of.value, ".", token.offset, ".",
                                        token.reading.value, ".", token.until);
  return absl::StrCat(text, ".", mark(text));
}

std::optional<PageToken> ParsePageToken(std::string_view text, const PageMark& mark) {
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view numbers = text.substr(0, dot);
  if (!SameText(text.substr(dot + 1), mark(numbers))) return std::nullopt;
  const std::vector<absl::string_view> parts = absl::StrSplit(ToAbsl(numbers), '.');
  PageToken token;
  std::uint64_t offset = 0;
  if (parts.size() != 4 || !absl::SimpleAtoi(parts[0], &token.as_of.value) ||
      !absl::SimpleAtoi(parts[1], &offset) || !absl::SimpleAtoi(parts[2], &token.reading.value) ||
      !absl::SimpleAtoi(parts[3], &token.until) || token.as_of.value == 0) {
    return std::nullopt;
  }
  token.offset = offset;
  return token;
}

}  // namespace mlup::query
