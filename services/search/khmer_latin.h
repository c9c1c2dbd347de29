// Khmer words in Latin letters.
#pragma once

#include <string>
#include <string_view>

namespace mlup::search {

// A word of WordsOf() as the common ways of writing Khmer names in Latin letters have it, close to
// UNGEGN without accents: `សុខ` is `sokh`, `ចន្ធូ` is `chanthou`. A letter that is not Khmer stays
// where it is Latin or a digit, and falls away else. It is read by sound (sound_key.h), so that it
// need not be what a person would write. Pure.
std::string LatinOf(std::u32string_view word);

}  // namespace mlup::search
