// The bytes of a file, one after the other.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "eventstore/base/status.h"

namespace mlup::cli::exchange {

// One thread. Borrows the descriptor, which it alone reads, in pieces of 64 KiB.
class Bytes {
 public:
  explicit Bytes(int descriptor) : descriptor_(descriptor) {}

  // The next byte without taking it; nothing at the end, and after an error.
  std::optional<char> Peek();
  // Takes the next byte.
  std::optional<char> Take();
  // Takes `text` where it is next.
  bool Skip(std::string_view text);

  // FILE_FAILED where reading ended before the file did.
  const absl::Status& status() const { return status_; }

 private:
  // Has `wanted` bytes at hand, where there are so many.
  bool Fill(std::size_t wanted);

  const int descriptor_;
  std::string buffer_;
  std::size_t taken_ = 0;
  bool ended_ = false;
  absl::Status status_;
};

}  // namespace mlup::cli::exchange
