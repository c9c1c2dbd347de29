// Reads with read(2), so that poll(2) tells what is left.
#include "services/mlup/line_reader.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace mlup::cli {
namespace {

constexpr std::size_t kReadBytes = 64 << 10;

}  // namespace

absl::StatusOr<std::optional<std::string>> LineReader::Next() {
  while (true) {
    if (auto line = Take(); line.has_value()) return line;
    if (ended_) return std::optional<std::string>();
    ASSIGN_OR_RETURN(const bool more, Read());
    if (more) continue;
    ended_ = true;
    if (!line_.empty()) return std::optional(std::exchange(line_, ""));
  }
}

bool LineReader::Ready() {
  if (ended_ || buffer_.find('\n', taken_) != std::string::npos) return true;
  pollfd found{.fd = descriptor_, .events = POLLIN, .revents = 0};
  return poll(&found, 1, 0) > 0;
}

std::optional<std::string> LineReader::Take() {
  const std::size_t end = std::min(buffer_.find('\n', taken_), buffer_.size());
  const std::size_t room = line_bytes_max_ + 1 - std::min(line_bytes_max_ + 1, line_.size());
  line_.append(buffer_, taken_, std::min(end - taken_, room));
  taken_ = end;
  if (end == buffer_.size()) return std::nullopt;
  ++taken_;
  return std::exchange(line_, "");
}

absl::StatusOr<bool> LineReader::Read() {
  buffer_.resize(kReadBytes);
  taken_ = 0;
  ssize_t count = 0;
  do {
    count = read(descriptor_, buffer_.data(), buffer_.size());
  } while (count < 0 && errno == EINTR);
  buffer_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  if (count >= 0) return count > 0;
  return Error(absl::StatusCode::kUnknown, "FILE_FAILED", "the input cannot be read");
}

}  // namespace mlup::cli
