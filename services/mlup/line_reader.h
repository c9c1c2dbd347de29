// Lines of a file or of standard input, and whether there is one without waiting.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "eventstore/base/status.h"

namespace mlup::cli {

// One thread. Borrows the descriptor, which it alone reads. Keeps at most a line and what one read
// gives.
class LineReader {
 public:
  // Of a line with more than `line_bytes_max`, that many and one more are kept.
  LineReader(int descriptor, std::size_t line_bytes_max)
      : descriptor_(descriptor), line_bytes_max_(line_bytes_max) {}

  // The next line without its end; waits for it. Nothing at the end of the input. FILE_FAILED.
  absl::StatusOr<std::optional<std::string>> Next();

  // Whether Next() would answer at once.
  bool Ready();

 private:
  // Takes the next line out of what was read.
  std::optional<std::string> Take();
  // Reads once. False at the end.
  absl::StatusOr<bool> Read();

  const int descriptor_;
  const std::size_t line_bytes_max_;
  // What was read, and how far it was taken.
  std::string buffer_;
  std::size_t taken_ = 0;
  // The beginning of a line whose end was not read yet.
  std::string line_;
  bool ended_ = false;
};

}  // namespace mlup::cli
