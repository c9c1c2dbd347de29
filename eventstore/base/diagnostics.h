// Lines for the person who runs a program, on standard error.
#pragma once

#include <cstdint>
#include <string_view>

namespace mlup {

// Writes a line, to which it adds the end. Never waits and never fails: where nobody reads standard
// error, or it is closed or full, the line is dropped and counted, and the next line that can be
// written is preceded by one that says how many were. Lines past 4096 bytes are cut. Any thread.
void Tell(std::string_view line);

namespace internal {

// One descriptor that is written to without waiting; Tell() has one for standard error.
class LineSink {
 public:
  // Borrows `descriptor`, and opens what is behind it once more where only that makes it not wait.
  explicit LineSink(int descriptor);
  ~LineSink();
  LineSink(const LineSink&) = delete;
  LineSink& operator=(const LineSink&) = delete;

  void Write(std::string_view line);
  // Whether the descriptor is still what it was when this was made.
  bool IsCurrent() const;
  std::uint64_t dropped() const { return dropped_; }

 private:
  bool TryWrite(std::string_view bytes);

  const int descriptor_;
  // Opened by us, so that others who have the same pipe or terminal are not changed; -1 where not
  // needed.
  int reopened_ = -1;
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0;
  bool is_socket_ = false;
  // Where only asking before tells whether a write waits.
  bool must_ask_ = false;
  // The last line ends in its middle.
  bool broken_ = false;
  std::uint64_t dropped_ = 0;
  std::uint64_t told_ = 0;
};

}  // namespace internal
}  // namespace mlup
