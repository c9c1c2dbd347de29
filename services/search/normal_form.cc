#include "services/search/normal_form.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "eventstore/base/check.h"

namespace mlup::search {
namespace {

// Of the longest field that is looked at: 200 letters, with room for what falls away.
constexpr std::int32_t kBytesMax = 4096;

bool IsAccent(char32_t letter) { return letter >= 0x300 && letter <= 0x36F; }

bool IsOfWord(char32_t letter) {
  const auto code = static_cast<UChar32>(letter);
  return u_isalnum(code) || (U_GET_GC_MASK(code) & U_GC_M_MASK) != 0;
}

// ICU's data is built into its library, so that what is asked for is there.
icu::UnicodeString Folded(std::string_view utf8) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const fold = icu::Normalizer2::getNFKCCasefoldInstance(error);
  const icu::Normalizer2* const apart = icu::Normalizer2::getNFDInstance(error);
  CHECK(U_SUCCESS(error));
  const auto size = std::min(kBytesMax, static_cast<std::int32_t>(utf8.size()));
  const icu::UnicodeString text = icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), size));
  icu::UnicodeString folded = apart->normalize(fold->normalize(text, error), error);
  CHECK(U_SUCCESS(error));
  return folded;
}

template <typename Visit>
void ForEachLetter(std::string_view utf8, const Visit& visit) {
  const icu::UnicodeString text = Folded(utf8);
  for (std::int32_t at = 0; at < text.length(); at = text.moveIndex32(at, 1)) {
    const auto letter = static_cast<char32_t>(text.char32At(at));
    if (!IsAccent(letter)) visit(letter);
  }
}

}  // namespace

std::vector<std::u32string> WordsOf(std::string_view utf8) {
  std::vector<std::u32string> words;
  bool in_word = false;
  ForEachLetter(utf8, [&](char32_t letter) {
    if (!IsOfWord(letter)) {
      in_word = false;
      return;
    }
    if (!in_word && words.size() == kWordsMax) return;
    if (!in_word) words.emplace_back();
    in_word = true;
    if (words.back().size() < kWordLettersMax) words.back().push_back(letter);
  });
  return words;
}

std::string DigitsOf(std::string_view utf8) {
  std::string digits;
  ForEachLetter(utf8, [&](char32_t letter) {
    const std::int32_t digit = u_charDigitValue(static_cast<UChar32>(letter));
    if (digit >= 0) digits.push_back(static_cast<char>('0' + digit));
  });
  return digits;
}

std::string SerialOf(std::string_view utf8) {
  std::u32string serial;
  ForEachLetter(utf8, [&](char32_t letter) {
    if (IsOfWord(letter)) serial.push_back(letter);
  });
  return ToUtf8(serial);
}

std::string ToUtf8(std::u32string_view text) {
  std::string utf8;
  for (const char32_t letter : text) {
    icu::UnicodeString(static_cast<UChar32>(letter)).toUTF8String(utf8);
  }
  return utf8;
}

}  // namespace mlup::search
