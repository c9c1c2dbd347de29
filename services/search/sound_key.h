// How a word sounds, roughly: what spellings of a Khmer name have in common.
#pragma once

#include <string>
#include <string_view>

namespace mlup::search {

struct SoundKey {
  // Consonants by class, `*` where the word begins or ends with a vowel: `Sokha`, `Sukhea` and
  // `សុខា` are `SK*`.
  std::string consonants;
  // The same with each vowel by class (a, i or o): `Sokha` is `SoKa`.
  std::string full;
};

// Of a word in Latin letters in lower case (LatinOf). Classes: K (k kh g q), C (ch chh j), N (n
// nh), G (ng), T (t th d), P (p ph b f), M, L, S (s sh z x), V (v w), Y and H where they begin a
// syllable, R before a vowel; digits are themselves. What is doubled is one. Pure.
SoundKey SoundKeyOf(std::string_view latin);

}  // namespace mlup::search
