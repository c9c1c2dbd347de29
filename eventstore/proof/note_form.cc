#include "eventstore/proof/note_form.h"

#include <algorithm>
#include <array>

#include "eventstore/base/utf8.h"

namespace mlup::proof {
namespace {

// Property White_Space beyond ASCII, in UTF-8.
constexpr std::array<std::string_view, 19> kSpaces = {
    "\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
    "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a",
    "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};

}  // namespace

bool IsNoteText(std::string_view text) {
  return IsUtf8(text) && std::all_of(text.begin(), text.end(), [](char c) {
           return c == '\n' || static_cast<unsigned char>(c) >= 0x20;
         });
}

bool IsKeyName(std::string_view name) {
  return !name.empty() && IsUtf8(name) &&
         name.find_first_of("+ \t\n\v\f\r") == std::string_view::npos &&
         std::none_of(kSpaces.begin(), kSpaces.end(), [name](std::string_view space) {
           return name.find(space) != std::string_view::npos;
         });
}

}  // namespace mlup::proof
