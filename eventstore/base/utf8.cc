// Table 3-7 of the Unicode standard, as ranges of the second byte.
#include "eventstore/base/utf8.h"

#include <cstddef>

namespace mlup {
namespace {

// Bytes of the character that begins with `lead`, and what its second byte may be.
struct Form {
  std::size_t bytes;
  unsigned char second_min;
  unsigned char second_max;
};

Form FormOf(unsigned char lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead < 0xc2 || lead > 0xf4) return {0, 0, 0};
  if (lead < 0xe0) return {2, 0x80, 0xbf};
  if (lead == 0xe0) return {3, 0xa0, 0xbf};
  if (lead == 0xed) return {3, 0x80, 0x9f};
  if (lead < 0xf0) return {3, 0x80, 0xbf};
  if (lead == 0xf0) return {4, 0x90, 0xbf};
  if (lead == 0xf4) return {4, 0x80, 0x8f};
  return {4, 0x80, 0xbf};
}

}  // namespace

bool IsUtf8(std::string_view text) {
  const auto at = [text](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  for (std::size_t i = 0; i < text.size();) {
    const Form form = FormOf(at(i));
    if (form.bytes == 0 || text.size() - i < form.bytes) return false;
    if (form.bytes > 1 && (at(i + 1) < form.second_min || at(i + 1) > form.second_max))
      return false;
    for (std::size_t j = 2; j < form.bytes; ++j) {
      if ((at(i + j) & 0xc0) != 0x80) return false;
    }
    i += form.bytes;
  }
  return true;
}

}  // namespace mlup
