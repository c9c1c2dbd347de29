// Rows in the text format of PostgreSQL's COPY.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "eventstore/base/days.h"

namespace mlup::postgres {

// Adds rows to a text, one value after the other. Whatever a text holds, it stays one value: what
// PostgreSQL takes in no text (U+0000) becomes U+FFFD. Plain value; one thread.
class CopyText {
 public:
  CopyText& Text(std::string_view text);
  CopyText& Number(std::uint64_t number);
  CopyText& Bool(bool value);
  CopyText& Null();
  // NULL where it is empty.
  CopyText& TextOrNull(std::string_view text);
  // First and last day, or two NULL.
  CopyText& Days(const std::optional<DayRange>& days);
  // Times that PostgreSQL cannot hold are `infinity` or `-infinity`.
  CopyText& Time(std::optional<absl::Time> time);
  void EndRow();

  const std::string& text() const { return text_; }
  std::string Take() { return std::move(text_); }

 private:
  void Begin();

  std::string text_;
  bool in_row_ = false;
};

// Texts as a value of the type text[].
std::string ArrayText(const std::vector<std::string>& texts);

}  // namespace mlup::postgres
