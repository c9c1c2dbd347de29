// Where the next page of an answer begins, for the one reader of that answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "eventstore/base/types.h"

namespace mlup::query {

inline constexpr std::size_t kPageSizeDefault = 100;

struct PageToken {
  // All pages of one answer are as of this position.
  Position as_of;
  std::size_t offset = 0;
  // The record of the reading that the pages belong to, and the second since 1970 until which they
  // do; 0 where reading is not recorded.
  Position reading = {};
  std::int64_t until = 0;
};

// What binds the text of a token to its reader and question: of another reader, or of other text,
// it is another one. At most 64 characters without a dot.
using PageMark = std::function<std::string(std::string_view)>;

std::string FormatPageToken(const PageToken& token, const PageMark& mark);

// Nothing for any other text.
std::optional<PageToken> ParsePageToken(std::string_view text, const PageMark& mark);

}  // namespace mlup::query
