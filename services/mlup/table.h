// Text tables for a terminal, aligned by what is seen and not by bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mlup::cli {

// Terminal columns that UTF-8 text takes: none for a mark that combines, two for a wide character.
std::size_t DisplayWidth(std::string_view text);

// `text` with spaces after it (or before it) up to `width` columns.
std::string PadRight(std::string_view text, std::size_t width);
std::string PadLeft(std::string_view text, std::size_t width);

// `text` in lines of at most `width` columns, broken at spaces; each line begins with `indent`
// spaces.
std::string Wrap(std::string_view text, std::size_t indent, std::size_t width);

// Rows of cells; columns are as wide as their widest cell. One thread. The last column is not
// padded.
class Table {
 public:
  // Columns whose index is in `right` are aligned to the right.
  explicit Table(std::vector<std::size_t> right = {}) : right_(std::move(right)) {}

  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  // A line that spans all columns.
  void AddHeading(std::string text) { rows_.push_back({std::move(text)}); }

  std::string Render() const;

 private:
  std::vector<std::size_t> right_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace mlup::cli
