// Well-formed UTF-8.
#pragma once

#include <string_view>

namespace mlup {

// Whether `text` is well-formed: no stray bytes, no overlong forms, no surrogates, nothing past
// U+10FFFF.
bool IsUtf8(std::string_view text);

}  // namespace mlup
