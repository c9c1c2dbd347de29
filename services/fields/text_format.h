// The forms that text fields can have.
#pragma once

#include <string_view>

#include "mlup/command/v1/command.pb.h"

namespace mlup::fields {

// Whether `text` has the form. FORMAT_UNSPECIFIED is any text. Pure.
bool HasFormat(std::string_view text, command::v1::Format format);

// What UTF-8 decoding found.
struct TextScan {
  bool valid = true;
  std::size_t characters = 0;
  // Those that turn the direction of text included.
  bool control_characters = false;
  bool line_breaks_or_tabs = false;
  // Code points that are kept free of any meaning, which XML does not take.
  bool noncharacters = false;
};

TextScan ScanText(std::string_view text);

}  // namespace mlup::fields
