// What C2SP's signed-note allows as text and as names of keys.
#pragma once

#include <string_view>

namespace mlup::proof {

// UTF-8 without control characters but the line break.
bool IsNoteText(std::string_view text);

// UTF-8, not empty, and without plus and the white space of Unicode.
bool IsKeyName(std::string_view name);

}  // namespace mlup::proof
