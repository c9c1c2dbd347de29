// Names in one form, however they were typed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mlup::search {

// More of a name is not looked at.
inline constexpr std::size_t kWordsMax = 12;
inline constexpr std::size_t kWordLettersMax = 40;

// The words of a text in Unicode's NFKC with capitals folded: what has no width (spaces, joiners,
// directions, variants) is gone, Latin letters have no accents, and what is neither letter, mark
// nor digit parts words. Pure; whatever the bytes.
std::vector<std::u32string> WordsOf(std::string_view utf8);

// The digits of a text, whatever the script they are written in.
std::string DigitsOf(std::string_view utf8);

// The letters and digits of a text as WordsOf() folds them, in UTF-8, nothing between them.
std::string SerialOf(std::string_view utf8);

std::string ToUtf8(std::u32string_view text);

inline bool IsKhmer(char32_t letter) { return letter >= 0x1780 && letter <= 0x17DD; }

}  // namespace mlup::search
