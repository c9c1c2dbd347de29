#include "services/search/sound_key.h"

#include <cstddef>

namespace mlup::search {
namespace {

bool IsVowel(char letter) {
  return std::string_view("aeiou").find(letter) != std::string_view::npos;
}

char At(std::string_view text, std::size_t at) { return at < text.size() ? text[at] : '\0'; }

// The class of a consonant by itself; 0 where that depends on what stands around it.
char ClassOf(char letter) {
  switch (letter) {
    case 'k':
    case 'c':
    case 'g':
    case 'q':
      return 'K';
    case 'j':
      return 'C';
    case 'd':
    case 't':
      return 'T';
    case 'b':
    case 'f':
    case 'p':
      return 'P';
    case 's':
    case 'x':
    case 'z':
      return 'S';
    case 'l':
      return 'L';
    case 'm':
      return 'M';
    case 'n':
      return 'N';
    default:
      return '\0';
  }
}

// `a`, `ea` and `ia` sound alike, as do `e`, `i`, `ey` and `ai`, and all that has an `o` or `u`. A
// written `v`, `w` or `y` behind a vowel is part of it.
char VowelClass(std::string_view run) {
  if (run.find_first_of("ouvw") != std::string_view::npos) return 'o';
  const std::size_t a = run.find('a');
  if (a == std::string_view::npos) return 'i';
  return a + 1 == run.size() || run[a + 1] == 'a' ? 'a' : 'i';
}

class Reading {
 public:
  explicit Reading(std::string_view latin) : latin_(latin) {}

  SoundKey Read() {
    while (at_ < latin_.size()) {
      if (IsOfVowel()) {
        ReadVowel();
      } else {
        ReadConsonant();
      }
    }
    return std::move(key_);
  }

 private:
  bool VowelFollows(std::size_t at) const { return IsVowel(At(latin_, at)); }

  bool IsOfVowel() const {
    const char letter = latin_[at_];
    if (IsVowel(letter)) return true;
    // `Sothy`, `Sreypov`, `Charya`; but `Yim` and `Vanna`.
    if (letter == 'y') return at_ > 0 || !VowelFollows(at_ + 1);
    return (letter == 'v' || letter == 'w') && !VowelFollows(at_ + 1) && in_vowel_;
  }

  void ReadVowel() {
    const std::size_t begin = at_;
    in_vowel_ = true;
    while (at_ < latin_.size() && IsOfVowel()) ++at_;
    Add(VowelClass(latin_.substr(begin, at_ - begin)));
  }

  void ReadConsonant() {
    const char letter = latin_[at_];
    const char next = At(latin_, at_ + 1);
    const bool was_vowel = in_vowel_;
    in_vowel_ = false;
    if (letter == 'n' && next == 'g') {
      at_ += 2;
      return Add('G');
    }
    if (letter == 'c' && next == 'h') {
      ++at_;
      SkipBreath();
      return Add('C');
    }
    ++at_;
    if (letter >= '0' && letter <= '9') return Add(letter);
    if (letter == 'r' && VowelOrYFollows()) return Add('R');
    if (letter == 'h' && VowelFollows(at_) && (was_vowel || at_ == 1)) return Add('H');
    if (letter == 'y') return Add('Y');
    if (letter == 'v' || letter == 'w') return Add('V');
    const char sound = ClassOf(letter);
    if (sound == '\0') return;
    SkipBreath();
    Add(sound);
  }

  bool VowelOrYFollows() const { return VowelFollows(at_) || At(latin_, at_) == 'y'; }

  // The h of `kh`, `ph`, `th`, `chh`.
  void SkipBreath() {
    while (At(latin_, at_) == 'h') ++at_;
  }

  void Add(char sound) {
    const bool is_vowel = sound == 'a' || sound == 'i' || sound == 'o';
    if (!key_.full.empty() && key_.full.back() == sound) return;
    key_.full.push_back(sound);
    // The mark of an ending vowel is taken back when more follows.
    if (key_.consonants.size() > 1 && key_.consonants.back() == '*') key_.consonants.pop_back();
    key_.consonants.push_back(is_vowel ? '*' : sound);
  }

  const std::string_view latin_;
  std::size_t at_ = 0;
  bool in_vowel_ = false;
  SoundKey key_;
};

}  // namespace

SoundKey SoundKeyOf(std::string_view latin) { return Reading(latin).Read(); }

}  // namespace mlup::search
