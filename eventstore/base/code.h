// The form of codes: roles, devices, organisations and the like.
#pragma once

#include <algorithm>
#include <string_view>

#include "eventstore/base/limits.h"

namespace mlup {

// Lower-case letters, digits, `_`, `-` and `.`, beginning with a letter or digit; as long as a
// request id at most.
inline bool IsCode(std::string_view text) {
  const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= kRequestIdMax && is_word(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [is_word](char c) { return is_word(c) || c == '_' || c == '-' || c == '.'; });
}

}  // namespace mlup
