#include "services/mlup/exchange/bytes.h"

#include <cerrno>
#include <string_view>

#include <unistd.h>

namespace mlup::cli::exchange {
namespace {

constexpr std::size_t kReadBytes = 64 << 10;

}  // namespace

bool Bytes::Fill(std::size_t wanted) {
  while (buffer_.size() - taken_ < wanted && !ended_) {
    buffer_.erase(0, taken_);
    taken_ = 0;
    const std::size_t kept = buffer_.size();
    buffer_.resize(kept + kReadBytes);
    ssize_t count = 0;
    do {
      count = read(descriptor_, buffer_.data() + kept, kReadBytes);
    } while (count < 0 && errno == EINTR);
    buffer_.resize(kept + (count > 0 ? static_cast<std::size_t>(count) : 0));
    ended_ = count <= 0;
    if (count < 0) {
      status_ = Error(absl::StatusCode::kUnknown, "FILE_FAILED", "the input cannot be read");
    }
  }
  return buffer_.size() - taken_ >= wanted;
}

std::optional<char> Bytes::Peek() {
  if (!Fill(1)) return std::nullopt;
  return buffer_[taken_];
}

std::optional<char> Bytes::Take() {
  if (!Fill(1)) return std::nullopt;
  return buffer_[taken_++];
}

bool Bytes::Skip(std::string_view text) {
  if (!Fill(text.size()) || buffer_.compare(taken_, text.size(), text) != 0) return false;
  taken_ += text.size();
  return true;
}

}  // namespace mlup::cli::exchange
