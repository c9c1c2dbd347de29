// `<position>.<offset>`, both decimal.
#include "services/query/page_token.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "eventstore/base/status.h"

namespace mlup::query {

std::string FormatPageToken(const PageToken& token) {
  return absl::StrCat(token.as_of.value, ".", token.offset);
}

std::optional<PageToken> ParsePageToken(std::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(ToAbsl(text), absl::MaxSplits('.', 1));
  PageToken token;
  std::uint64_t offset = 0;
  if (!absl::SimpleAtoi(parts.first, &token.as_of.value) ||
      !absl::SimpleAtoi(parts.second, &offset) || token.as_of.value == 0) {
    return std::nullopt;
  }
  token.offset = offset;
  return token;
}

}  // namespace mlup::query
