#include "projections/counting/words.h"

#include <algorithm>
#include <cstring>

#include "eventstore/base/check.h"

namespace mlup::counting {
namespace {

constexpr std::size_t kBlockBytes = 64 << 10;

}  // namespace

Words::Words() { CHECK(Of("") == kNoWord); }

Word Words::Of(std::string_view text) {
  const MutexLock lock(mutex_);
  if (const auto found = numbers_.find(ToAbsl(text)); found != numbers_.end()) return found->second;
  const Word word = static_cast<Word>(texts_.size());
  texts_.push_back(Keep(text));
  numbers_.emplace(ToAbsl(texts_.back()), word);
  return word;
}

std::string_view Words::Keep(std::string_view text) {
  if (text.empty()) return {};
  if (text.size() > free_) {
    free_ = std::max(kBlockBytes, text.size());
    blocks_.push_back(std::make_unique<char[]>(free_));
    used_ = 0;
  }
  char* const place = blocks_.back().get() + used_;
  std::memcpy(place, text.data(), text.size());
  used_ += text.size();
  free_ -= text.size();
  return {place, text.size()};
}

std::optional<Word> Words::Find(std::string_view text) const {
  const MutexLock lock(mutex_);
  const auto found = numbers_.find(ToAbsl(text));
  if (found == numbers_.end()) return std::nullopt;
  return found->second;
}

std::string_view Words::Text(Word word) const {
  const MutexLock lock(mutex_);
  return texts_[word];
}

}  // namespace mlup::counting
