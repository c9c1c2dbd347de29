// Where the next page of an answer begins: the position the answer is as of, and an offset.
#pragma once

#include <cstddef>
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
};

std::string FormatPageToken(const PageToken& token);

// Nothing for any other text.
std::optional<PageToken> ParsePageToken(std::string_view text);

}  // namespace mlup::query
